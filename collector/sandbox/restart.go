package sandbox

// RestartSignIns answers the next n calls of a method with AUTH_RESTART and forgets the
// client's unfinished sign-in: the codes it was sent, and a pending password.
func (h *Hooks) RestartSignIns(method string, n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.restarting == nil {
		h.restarting = map[string]int{}
	}
	h.restarting[method] = n
}

func (h *Hooks) restarts(method string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.restarting[method] == 0 {
		return false
	}
	h.restarting[method]--
	return true
}

// restart forgets a key's unfinished sign-in and returns the error that says so.
func (s *Server) restart(key *authKey) error {
	if err := s.codes.restart(key.ID); err != nil {
		return err
	}
	if key.signIn().Pending != 0 {
		if err := s.keys.set(key, signIn{}); err != nil {
			return err
		}
	}
	return errAuthRestart
}

// StaleChallenges answers the next n passwords, right or wrong, with SRP_ID_INVALID, as if the
// challenge of account.getPassword had expired.
func (h *Hooks) StaleChallenges(n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.staleSRP = n
}

func (h *Hooks) stale() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.staleSRP == 0 {
		return false
	}
	h.staleSRP--
	return true
}
