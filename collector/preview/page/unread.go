package page

import "fmt"

// numbered returns the blocks of a page as posts. A block without a number gets the only free
// id between its neighbours, else it is omitted, and its id shows no message. A block without a
// date becomes unread, with the date of the block before it.
func numbered(blocks []post) ([]post, error) {
	dated, counted := 0, 0
	for _, p := range blocks {
		if !p.date.IsZero() {
			dated++
		}
		if len(p.ids) > 0 {
			counted++
		}
	}
	if n := len(blocks); n > 0 && (dated == 0 || counted == 0) {
		return nil, fmt.Errorf("%w: %d messages, %d with a number, %d with a date", ErrForeign, n, counted, dated)
	}
	posts := placed(blocks)
	for i := range posts {
		p := &posts[i]
		if p.unread == "" {
			continue
		}
		beside := besides(posts, i)
		if p.channelID == 0 {
			p.channelID = beside.channelID
		}
		if p.date.IsZero() {
			p.date = beside.date
		}
	}
	return posts, nil
}

// placed numbers the blocks without a number if only one id is possible.
func placed(blocks []post) []post {
	var posts, lost []post
	for _, p := range blocks {
		if len(p.ids) == 0 {
			lost = append(lost, p)
			continue
		}
		if n := len(posts); len(lost) > 0 && n > 0 && p.ids[0]-posts[n-1].last() == int64(len(lost))+1 {
			for _, x := range lost {
				x.ids = []int64{posts[len(posts)-1].last() + 1}
				posts = append(posts, x)
			}
		}
		lost = nil
		posts = append(posts, p)
	}
	return posts
}

// besides returns the nearest readable post before one, else after it.
func besides(posts []post, i int) post {
	for j := i - 1; j >= 0; j-- {
		if posts[j].unread == "" {
			return posts[j]
		}
	}
	for _, p := range posts[i+1:] {
		if p.unread == "" {
			return p
		}
	}
	return post{}
}
