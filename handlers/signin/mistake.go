package signin

import (
	"errors"
	"net/http"

	"telegramtrac/collector"
	"telegramtrac/collector/engine"
	"telegramtrac/views"
	"telegramtrac/views/words"
)

// mistake is the sentence beside the sign-in form about a call that failed, and the status.
// Errors that nobody can act on are returned.
func (s *Server) mistake(err error, source string) (views.Mistake, int, error) {
	if errors.Is(err, engine.ErrNobody) {
		return views.Mistake{Sentence: words.Nobody}, http.StatusServiceUnavailable, nil
	}
	e := collector.AsError(err)
	a, ok := words.Answers[e.Kind]
	if !ok || e.Kind == collector.Internal {
		return views.Mistake{}, 0, err
	}
	m := views.Mistake{Field: a.Field, Sentence: a.Sentence(words.OccasionOf(e, "", s.Now()), true)}
	if e.Kind == collector.SignInRefused {
		m.Word = e.Word
	}
	if e.Detail == collector.RefusedPublicAPI {
		m.Field = "api_id"
	}
	if other := words.SandboxSentences[e.Kind]; other != "" && source == collector.SourceSandbox {
		m.Sentence = other
	}
	return m, a.Status, nil
}
