package sandbox

// RestartSignIns answers the next n requests of a method with AUTH_RESTART. What the
// client has begun is forgotten: codes that it was sent, and a password it is asked for.
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

// restart forgets the sign-in that a key has begun, and is the answer that says so.
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

// StaleChallenges answers the next n passwords with SRP_ID_INVALID, right or wrong:
// what account.getPassword told does not hold any more.
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
