// Package content fills the structs of the tabs Messages, Metadata and Dataset: the
// messages, rows and channels of a workspace, the form that narrows them, and the files.
package content
