package handlers

import (
	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/adaptor"
	"github.com/gofiber/fiber/v2/middleware/compress"
	"github.com/gofiber/fiber/v2/middleware/recover"

	"telegramtrac/handlers/answer"
	"telegramtrac/handlers/guard"
	"telegramtrac/static"
	"telegramtrac/views"
)

// routes lists every address there is.
func (s *Server) routes() {
	a, g := s.app, s.guard
	a.Use(s.record, recover.New(), g.Headers, g.Known)
	a.Post("/import", g.Visit, s.door, s.importUpload) // before g.Body: it reads its large body itself
	a.Use(g.Body)
	a.Get("/healthz", s.health)
	a.Get("/metrics", s.metrics())
	a.Get("/ws/collections/:id", g.Visit, s.door, s.hub.Allow, adaptor.HTTPHandlerFunc(s.hub.Serve))
	a.Use(compress.New(compress.Config{Next: uncompressed}))
	a.Get(static.Prefix+"*", s.static)

	a.Use(g.AtWork, g.Visit, g.Token)
	signIn, lookUp := g.LimitSignIn(), g.LimitLookUps()
	a.Post("/door", with(signIn, g.LimitPassword(), s.doorOpen)...)
	a.Get("/privacy", s.notice)
	a.Get("/terms", s.notice)
	a.Use(s.door)
	a.Get("/held", s.held)
	for _, topic := range views.HelpTopics() {
		a.Get(topic.Path, s.help(topic))
	}
	a.Get("/", s.home)
	a.Post("/signin/credentials", with(signIn, s.signInCredentials)...)
	a.Post("/signin/code", with(signIn, s.signInCode)...)
	a.Post("/signin/resend", with(signIn, s.signInResend)...)
	a.Get(guard.QRPath, s.signInQR)
	a.Post(guard.QRPath, with(signIn, s.signInByQR)...)
	a.Post("/signin/scan", with(signIn, s.signInScan)...)
	a.Post("/signin/cancel", with(signIn, s.signInCancel)...)
	a.Post("/signin/password", with(signIn, s.signInPassword)...)

	in := answer.SignedIn
	a.Get("/collections", in, s.collections)
	a.Post("/collections", with(with(lookUp, in), s.collectionSubmit)...)
	a.Get("/collections/new", in, s.collectionNew)
	a.Post("/look", with(with(lookUp, in), s.look)...)
	a.Post("/look-ups", in, s.showLookUps)
	a.Get("/look/picture/:name/:key", in, s.picture)
	a.Get("/import", in, s.importShow)
	a.Get("/import/progress", in, s.importProgress)
	a.Post("/import/cancel", in, s.importCancel)
	a.Get("/collections/:id", in, s.collection)
	a.Post("/collections/:id/pause", in, s.collectionPause)
	a.Post("/collections/:id/resume", in, s.collectionResume)
	a.Post("/collections/:id/cancel", in, s.collectionCancel)
	a.Post("/collections/:id/check", in, s.collectionCheck)
	a.Get("/tabs/messages", in, s.reading.Handle, s.tabMessages)
	a.Get("/tabs/metadata", in, s.tabMetadata)
	a.Get("/tabs/dataset", in, s.reading.Handle, s.tabDataset)
	a.Get("/tabs/network", in, s.tabNetwork)
	a.Get("/tabs/options", in, s.tabOptions)
	a.Get("/charts/:name", in, s.chart)
	a.Get("/network/graph.json", in, s.networkGraph)
	a.Get("/network/timeline.json", in, s.networkTimeline)
	a.Get("/network/state", in, s.networkState)
	a.Get("/network/ties", in, s.networkTies)
	a.Get("/network/snowball", in, s.snowball)
	a.Get("/network/price", in, s.price)
	a.Post("/network/trac", with(with(lookUp, in), s.networkTrac)...)
	a.Get("/files/channels/:channel_id/:name", in, s.channelFile)
	a.Get("/files/:name", in, s.file)
	a.Post("/account/resume", in, s.accountResume)
	a.Post("/signout", in, s.signOut)
	a.Post("/signout/everywhere", in, s.signOutEverywhere)
	a.Post("/workspace/delete", in, s.workspaceDelete)
}

// with puts handlers after others.
func with(before []fiber.Handler, h ...fiber.Handler) []fiber.Handler {
	return append(before[:len(before):len(before)], h...)
}
