// Package staging gathers what files say beside a dataset until all of it was read, and
// then brings it in at once: imports, whole other datasets, and channels that were known
// by their usernames alone.
package staging
