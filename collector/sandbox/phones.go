package sandbox

import (
	"strconv"
	"strings"
)

// The application that the sandbox accepts: the public one of gotd's tests. Every other pair
// of api_id and api_hash gets API_ID_INVALID.
const (
	APIID   = 17349
	APIHash = "344583e45741c457fe1862106095a5eb"
)

// Accounts of the sandbox. Phones follow Telegram's convention for test accounts, +99966 <dc>
// <4 digits>, and the code is the digit of the data centre five times:
// https://core.telegram.org/api/auth#test-accounts
const (
	PhonePlain     = "+9996620001" // signs in with the code alone
	PhonePassword  = "+9996620002" // asks for Password after the code
	PhoneOtherDC   = "+9996610001" // belongs to data centre 1
	PhoneNoAccount = "+9996629999" // as do all that end in 9999: sign-up would be required
	PhoneBanned    = "+9996629998" // as do all that end in 9998: PHONE_NUMBER_BANNED

	CodePlain    = "22222" // the code of every account in data centre 2
	CodeOtherDC  = "11111" // the code of every account in data centre 1
	Password     = "sandbox"
	PasswordHint = "what this server is called"
)

// Phone is a test account as shown to a person.
type Phone struct {
	Number   string // with the leading plus
	Code     string
	Password string // "" where the account has none
	About    string // one sentence
}

// Phones lists the documented test accounts that can sign in, the plain one first.
func Phones() []Phone {
	return []Phone{
		{PhonePlain, CodePlain, "", "Signs in with the code alone."},
		{PhonePassword, CodePlain, Password, "Asks for a password after the code."},
		{PhoneOtherDC, CodeOtherDC, "", "Lives in another data centre, so the client has to move there first."},
	}
}

// account is one test account, derived from the phone number alone.
type account struct {
	id    int64
	phone string // digits only
	dc    int    // data centre of the phone number
}

// accountBase makes ids of accounts readable: 7000000000 + 99966 dc xxxx without
// its leading digit of the country code, so +9996620001 is user 7996620001.
const accountBase = 7_000_000_000

const phonePrefix = "99966"

// AccountID is the user id of the account with this phone number, which is the
// same in every sandbox. It reports false for a number that cannot be a test account.
func AccountID(phone string) (int64, bool) {
	a, ok := parsePhone(phone)
	return a.id, ok
}

// parsePhone accepts a phone number with and without plus, spaces, dashes and brackets.
func parsePhone(phone string) (account, bool) {
	digits := strings.NewReplacer("+", "", " ", "", "-", "", "(", "", ")", "").Replace(phone)
	rest, ok := strings.CutPrefix(digits, phonePrefix)
	if !ok || len(rest) != 5 || rest[0] == '0' {
		return account{}, false
	}
	if _, err := strconv.ParseUint(rest, 10, 32); err != nil {
		return account{}, false
	}
	number, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return account{}, false
	}
	return account{
		id:    accountBase - 9_000_000_000 + number,
		phone: digits,
		dc:    int(rest[0] - '0'),
	}, true
}

// accountByID returns the account whose id was made from a phone number.
func accountByID(id int64) (account, bool) {
	return parsePhone(strconv.FormatInt(id-accountBase+9_000_000_000, 10))
}

// The code depends on the number only, not on the account's present data centre.
func (a account) code() string      { return strings.Repeat(a.phone[len(phonePrefix):][:1], 5) }
func (a account) exists() bool      { return !strings.HasSuffix(a.phone, "9999") }
func (a account) banned() bool      { return strings.HasSuffix(a.phone, "9998") }
func (a account) hasPassword() bool { return a.phone == strings.TrimPrefix(PhonePassword, "+") }
