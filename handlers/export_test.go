package handlers

import (
	"context"
	"io"
	"net/http"
	"strings"

	"github.com/gofiber/fiber/v2"

	"telegramtrac/collector"
	"telegramtrac/views/content"
	"telegramtrac/views/words"
)

// Test answers a request without a network.
func (s *Server) Test(r *http.Request) (*http.Response, error) { return s.app.Test(r, -1) }

// Answers lists the kinds that have a sentence of their own, with their statuses.
func Answers() map[string]int {
	out := map[string]int{}
	for k, a := range words.Answers {
		out[string(k)] = a.Status
	}
	return out
}

// Sentence is the sentence about a kind of error.
var Sentence = words.Sentence

// Occasion makes the values for a sentence.
func Occasion(name, detail string) words.Occasion { return words.Occasion{Name: name, Detail: detail} }

// AddFile serves a file that a test writes.
func (s *Server) AddFile(path string, write func(context.Context, io.Writer) error) {
	s.app.Get(path, func(c *fiber.Ctx) error { return s.Files.Stream(c, "file", "text/plain", write) })
}

// Posts are the paths of all routes that take a form.
func (s *Server) Posts() []string {
	var out []string
	for _, r := range s.app.GetRoutes(true) {
		if r.Method == fiber.MethodPost {
			out = append(out, r.Path)
		}
	}
	return out
}

// MediaWords and ServiceWords are the page's words for media and service messages.
var (
	MediaWords   = func(m *collector.Message) string { return strings.Join(content.MediaLine(m), " · ") }
	ServiceWords = content.ServiceLine
	MediaLabel   = words.MediaLabel
)
