package views

// Written are the templates that are run without html/template, and what they take.
var Written = written
