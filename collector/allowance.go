package collector

// Allowance is what one workspace may have at most; 0: as much as it likes.
type Allowance struct {
	Bytes       int64 // of collected data
	Collections int   // that have not ended
	Channels    int   // collected, or named by a collection that has not ended
}

// Roll counts the channels of a workspace, each once.
type Roll struct {
	known  map[string]bool  // by key of a reference
	groups map[string]int64 // of channels that are there: the group with their comments, 0: none
}

// NewRoll counts none yet.
func NewRoll() Roll { return Roll{known: map[string]bool{}, groups: map[string]int64{}} }

// Put makes a channel known that is there already.
func (r Roll) Put(ch Channel) {
	keys := []string{Reference{ID: ch.ID}.Key()}
	for _, name := range append(ch.Usernames, ch.Username) {
		keys = append(keys, Reference{Username: name}.Key())
	}
	for _, key := range keys {
		r.known[key], r.groups[key] = true, ch.LinkedChannelID
	}
}

// Admit makes the channels of a request known and counts those that were not. With
// comments, the group of one that is there counts too, and one that nobody knows yet
// may have one.
func (r Roll) Admit(request Request) int {
	n := 0
	add := func(key string) {
		if !r.known[key] {
			r.known[key] = true
			n++
		}
	}
	for _, written := range request.Channels {
		ref, err := ParseReference(written)
		if err != nil {
			continue
		}
		add(ref.Key())
		if !request.Comments {
			continue
		}
		if group, here := r.groups[ref.Key()]; !here {
			add("group of " + ref.Key())
		} else if group != 0 {
			add(Reference{ID: group}.Key())
		}
	}
	return n
}
