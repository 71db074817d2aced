package handlers

import (
	"fmt"

	"github.com/gofiber/fiber/v2"

	"telegramtrac/collector/engine"
)

// signOut logs out at Telegram.
func (s *Server) signOut(c *fiber.Ctx) error { return s.leave(c, engine.MethodSignOut) }

// signOutEverywhere logs out at Telegram and takes every browser out of the
// workspace.
func (s *Server) signOutEverywhere(c *fiber.Ctx) error {
	return s.leave(c, engine.MethodSignOutEverywhere)
}

// workspaceDelete deletes everything the workspace holds.
func (s *Server) workspaceDelete(c *fiber.Ctx) error { return s.leave(c, engine.MethodDelete) }

func (s *Server) leave(c *fiber.Ctx, method string) error {
	v := visitorOf(c)
	if err := s.callSignIn(c, method, engine.Visitor{Visitor: v.hash}, nil); err != nil {
		return fmt.Errorf("%s: %w", method, err)
	}
	c.Locals(visitorKey, visitor{hash: v.hash, token: v.token})
	return s.step(c, "/", func() error { return s.showCredentials(c, credentials{}, false) })
}
