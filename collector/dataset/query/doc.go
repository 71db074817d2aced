// Package query answers questions about a workspace's messages: pages, searches and
// orders, and the numbers of the charts.
package query
