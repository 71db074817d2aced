// Package language tells which language a text is written in: by its script where that is
// enough, else by common words and letters.
//
// Libraries were looked at first (2026): lingua-go brings over 100 MB of models, whatlanggo has
// had no release since 2019 and needs about a hundred times the time of a message's other
// columns. Words like "the", "und" and "что" make up a third of what people write, so a message
// of a few words has some; one of two words and a link has none, and no language is told.
package language
