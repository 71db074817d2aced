package words

import (
	"errors"
	"fmt"

	"telegramtrac/collector/listed"
	"telegramtrac/views"
)

// ListMistake says what is wrong with a list, and beside which of the fields for its name and
// channels. It reports false for errors that are not about lists.
func ListMistake(err error, nameField, channelsField string) (views.Mistake, bool) {
	switch {
	case errors.Is(err, listed.ErrManyLists):
		sentence := fmt.Sprintf("This workspace has %d lists, as many as it may have. Choose one that exists, or delete one.", listed.MostLists)
		return views.Mistake{Field: nameField, Sentence: sentence}, true
	case errors.Is(err, listed.ErrManyChannels):
		return views.Mistake{Field: channelsField, Sentence: "A list may have " + views.Count(listed.MostChannels) +
			" channels. Name fewer, or make a second list."}, true
	case errors.Is(err, listed.ErrName):
		return views.Mistake{Field: nameField, Sentence: fmt.Sprintf("Give the list a name of at most %d characters.", listed.MostName)}, true
	case errors.Is(err, listed.ErrNameTaken):
		return views.Mistake{Field: nameField, Sentence: "Another list has this name. Write another one."}, true
	}
	return views.Mistake{}, false
}
