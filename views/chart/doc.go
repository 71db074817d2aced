// Package chart counts messages into bars, series and hours, and draws them as SVG and
// as a table.
package chart
