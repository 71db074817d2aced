package words

import (
	"fmt"
	"strconv"

	"telegramtrac/views"
)

// CameLater says that what was collected without an account is still on its way.
const CameLater = "later"

// CameAlong tells a person what was brought along at sign-in: a number of channels, or CameLater.
func CameAlong(came string) string {
	const next = "Collect again to fill in what the web does not show."
	if came == CameLater {
		return "What you collected without an account comes along. It takes a moment; nothing is lost."
	}
	switch n, err := strconv.ParseInt(came, 10, 32); {
	case err != nil || n <= 0:
		return ""
	case n == 1:
		return "Your channel came along. " + next
	default:
		return fmt.Sprintf("Your %s came along. %s", views.Plural(n, "channel", "channels"), next)
	}
}
