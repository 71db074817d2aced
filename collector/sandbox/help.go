package sandbox

import (
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"
)

// configLifetime is how long a client may cache help.getConfig's answer.
const configLifetime = time.Hour

func (c call) getConfig(*tg.HelpGetConfigRequest) (bin.Encoder, error) {
	return c.srv.config(c.dc), nil
}

// config describes the server from the view of one data centre.
func (s *Server) config(dc int) *tg.Config {
	now := s.wire.Now()
	return &tg.Config{
		TestMode:             true,
		Date:                 int(now.Unix()),
		Expires:              int(now.Add(configLifetime).Unix()),
		ThisDC:               dc,
		DCOptions:            s.DCOptions(),
		DCTxtDomainName:      "localhost",
		ChatSizeMax:          200,
		MegagroupSizeMax:     200_000,
		ForwardedCountMax:    100,
		OnlineUpdatePeriodMs: 210_000,
		EditTimeLimit:        172_800,
		MeURLPrefix:          "https://t.me/",
		CaptionLengthMax:     1024,
		MessageLengthMax:     4096,
		WebfileDCID:          dc,
	}
}

func (c call) getNearestDC(*tg.HelpGetNearestDCRequest) (bin.Encoder, error) {
	return &tg.NearestDC{Country: "NL", ThisDC: c.dc, NearestDC: c.dc}, nil
}

func (c call) getAppConfig(*tg.HelpGetAppConfigRequest) (bin.Encoder, error) {
	return &tg.HelpAppConfig{Hash: 1, Config: &tg.JSONObject{}}, nil
}
