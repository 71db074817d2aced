package handlers

import (
	"github.com/gofiber/fiber/v2/middleware/adaptor"
	"github.com/gofiber/fiber/v2/middleware/compress"
	"github.com/gofiber/fiber/v2/middleware/recover"

	"telegramtrac/static"
)

// routes is every address there is.
func (s *Server) routes() {
	a := s.app
	a.Use(s.record, recover.New(), s.headers)
	a.Get("/healthz", s.health)
	a.Get("/metrics", s.metrics)
	a.Get("/ws/collections/:id", s.visit, s.socketAllowed, adaptor.HTTPHandlerFunc(s.socket))
	a.Use(compress.New(compress.Config{Next: uncompressed}))
	a.Get(static.Prefix+"*", s.static)

	a.Use(s.visit, s.token)
	a.Get("/", s.home)
	a.Post("/signin/credentials", s.signInCredentials)
	a.Post("/signin/code", s.signInCode)
	a.Post("/signin/resend", s.signInResend)
	a.Post("/signin/password", s.signInPassword)

	in := s.signedIn
	a.Get("/collections", in, s.collections)
	a.Post("/collections", in, s.collectionSubmit)
	a.Get("/collections/new", in, s.collectionNew)
	a.Post("/look", in, s.look)
	a.Get("/collections/:id", in, s.collection)
	a.Post("/collections/:id/pause", in, s.collectionPause)
	a.Post("/collections/:id/resume", in, s.collectionResume)
	a.Post("/collections/:id/cancel", in, s.collectionCancel)
	a.Get("/tabs/messages", in, s.tabMessages)
	a.Get("/tabs/metadata", in, s.tabMetadata)
	a.Get("/tabs/dataset", in, s.tabDataset)
	a.Get("/tabs/network", in, s.tabNetwork)
	a.Get("/tabs/options", in, s.tabOptions)
	a.Get("/files/channels/:channel_id/:name", in, s.channelFile)
	a.Get("/files/:name", in, s.file)
	a.Post("/account/resume", in, s.accountResume)
	a.Post("/signout", in, s.signOut)
	a.Post("/workspace/delete", in, s.workspaceDelete)
}
