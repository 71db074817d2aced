package handlers

import (
	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/adaptor"
	"github.com/gofiber/fiber/v2/middleware/compress"
	"github.com/gofiber/fiber/v2/middleware/recover"

	"telegramtrac/collector/engine"
	"telegramtrac/collector/network/draw"
	"telegramtrac/handlers/answer"
	"telegramtrac/handlers/guard"
	"telegramtrac/static"
	"telegramtrac/views"
)

// routes lists every address there is.
func (s *Server) routes() {
	a, g := s.app, s.Guard
	a.Use(s.record, recover.New(), g.Headers, g.Known)
	a.Post("/import", g.Visit, s.door, s.upload.Receive) // before g.Body: it reads its large body itself
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
	a.Get("/", s.signIn.Home)
	a.Post("/signin/credentials", with(signIn, s.signIn.Credentials)...)
	a.Post("/signin/code", with(signIn, s.signIn.At(engine.StepCode, s.signIn.Code))...)
	a.Post("/signin/resend", with(signIn, s.signIn.At(engine.StepCode, s.signIn.Resend))...)
	a.Get(guard.QRPath, s.signIn.QR)
	a.Post(guard.QRPath, with(signIn, s.signIn.At(engine.StepCode, s.signIn.ByQR))...)
	a.Post("/signin/scan", with(signIn, s.signIn.ScanShown)...)
	a.Post("/signin/cancel", with(signIn, s.signIn.Cancel)...)
	a.Post("/signin/password", with(signIn, s.signIn.At(engine.StepPassword, s.signIn.Password))...)

	in := answer.SignedIn
	a.Get("/collections", in, s.collections.List)
	a.Post("/collections", with(with(lookUp, in), s.collections.Submit)...)
	a.Get("/collections/new", in, s.collections.NewForm)
	a.Get("/lists", in, s.collections.Lists)
	a.Get("/lists/:list", in, s.collections.ShowList)
	a.Post("/lists/:list/collect", with(with(lookUp, in), s.collections.CollectList)...)
	a.Post("/lists/:list/add", in, s.collections.AddToList)
	a.Post("/lists/:list/remove", in, s.collections.RemoveFromList)
	a.Post("/lists/:list/how", in, s.collections.SetHow)
	a.Post("/lists/:list/name", in, s.collections.RenameList)
	a.Post("/lists/:list/duplicate", in, s.collections.DuplicateList)
	a.Post("/lists/:list/delete", in, s.collections.DeleteList)
	a.Post("/look", with(with(lookUp, in), s.collections.Look)...)
	a.Post("/look-ups", in, s.collections.ShowLookUps)
	a.Get("/look/picture/:name/:key", in, s.collections.Picture)
	a.Get("/import", in, s.upload.Offered, s.upload.Show)
	a.Get("/import/progress", in, s.upload.Offered, s.upload.Progress)
	a.Post("/import/cancel", in, s.upload.Offered, s.upload.Cancel)
	a.Get("/collections/:id", in, s.collections.Show)
	a.Post("/collections/:id/pause", in, s.collections.Ask(engine.Pause))
	a.Post("/collections/:id/resume", in, s.collections.Ask(engine.Run))
	a.Post("/collections/:id/cancel", in, s.collections.Ask(engine.Cancel))
	a.Post("/collections/:id/check", in, s.collections.Check)
	a.Get("/tabs/messages", in, s.tabs.Reading.Handle, s.tabs.Messages)
	a.Get("/tabs/metadata", in, s.tabs.Metadata)
	a.Get("/tabs/dataset", in, s.tabs.Reading.Handle, s.tabs.Table)
	a.Get("/tabs/network", in, s.tabs.Network)
	a.Get("/tabs/options", in, s.tabs.Leaving)
	a.Get("/charts/:name", in, s.tabs.Chart)
	a.Get("/network/graph.json", in, s.tabs.Drawn(draw.JSON))
	a.Get("/network/timeline.json", in, s.tabs.Drawn(draw.Timeline))
	a.Get("/network/state", in, s.tabs.State)
	a.Get("/network/ties", in, s.tabs.Statements)
	a.Get("/network/snowball", in, s.tabs.Snowball)
	a.Get("/network/price", in, s.tabs.Price)
	a.Post("/network/trac", with(with(lookUp, in), s.tabs.Trac)...)
	a.Get("/files/channels/:channel_id/:name", in, s.tabs.ChannelFile)
	a.Get("/files/:name", in, s.tabs.File)
	a.Post("/account/resume", in, s.tabs.Resume)
	a.Post("/signout", in, s.signIn.Out)
	a.Post("/signout/everywhere", in, s.signIn.OutEverywhere)
	a.Post("/workspace/delete", in, s.signIn.Delete)
}

// with puts handlers after others.
func with(before []fiber.Handler, h ...fiber.Handler) []fiber.Handler {
	return append(before[:len(before):len(before)], h...)
}
