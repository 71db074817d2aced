package sandbox

import (
	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"
)

// Means is a way to send a login code, or the answer that Telegram gives instead. See
// https://core.telegram.org/type/auth.SentCodeType
type Means string

// The means that Telegram has.
const (
	ByApp        Means = "app"
	BySMS        Means = "sms"
	ByCall       Means = "call"
	ByFlashCall  Means = "flash_call"  // the code is the number that calls
	ByMissedCall Means = "missed_call" // the code is that number's last digits
	ByFragment   Means = "fragment"
	ByFirebase   Means = "firebase_sms" // only Telegram's own apps can request it
	ByWord       Means = "sms_word"
	ByPhrase     Means = "sms_phrase"
	ByEmail      Means = "email"       // entered as email_verification
	EmailSetup   Means = "email_setup" // nothing is sent: the account needs a login email first
	Payment      Means = "payment"     // nothing is sent until somebody pays
	NoCode       Means = "no_code"     // signed in at once, by an earlier sign-in
	NewerAnswer  Means = "newer"       // an answer from a layer that the client does not know
)

// Codes that are not the data centre's digit repeated; the same for every account.
const (
	CodeWord     = "lighthouse"
	CodePhrase   = "the boat came in"
	CodeCaller   = "31207770199" // the number of a flash call
	EmailPattern = "f***@e***.org"
	FragmentURL  = "https://fragment.com/number/9996620001/code"
)

// means are the means of sending a code, first to last.
func (s *Server) means() []Means {
	if means := s.conditions.Load().Means; means != nil {
		return means
	}
	return []Means{ByApp, BySMS, ByCall}
}

// sentCode is the answer that a code was sent by the means with this number, from 1.
func sentCode(hash string, means []Means, sent int) *tg.AuthSentCode {
	answer := &tg.AuthSentCode{Type: means[sent-1].sent(), PhoneCodeHash: hash, Timeout: codeTimeout}
	if sent < len(means) {
		if next := means[sent].next(); next != nil {
			answer.SetNextType(next)
		}
	}
	return answer
}

func (m Means) sent() tg.AuthSentCodeTypeClass {
	switch m {
	case BySMS:
		return &tg.AuthSentCodeTypeSMS{Length: 5}
	case ByCall:
		return &tg.AuthSentCodeTypeCall{Length: 5}
	case ByFlashCall:
		return &tg.AuthSentCodeTypeFlashCall{Pattern: "31*"}
	case ByMissedCall:
		return &tg.AuthSentCodeTypeMissedCall{Prefix: "31", Length: 5}
	case ByFragment:
		return &tg.AuthSentCodeTypeFragmentSMS{URL: FragmentURL, Length: 5}
	case ByFirebase:
		t := &tg.AuthSentCodeTypeFirebaseSMS{Length: 5}
		t.SetNonce([]byte("nonce"))
		return t
	case ByWord:
		t := new(tg.AuthSentCodeTypeSMSWord)
		t.SetBeginning(CodeWord[:1])
		return t
	case ByPhrase:
		t := new(tg.AuthSentCodeTypeSMSPhrase)
		t.SetBeginning("the")
		return t
	case ByEmail:
		return &tg.AuthSentCodeTypeEmailCode{EmailPattern: EmailPattern, Length: 5}
	case EmailSetup:
		return new(tg.AuthSentCodeTypeSetUpEmailRequired)
	}
	return &tg.AuthSentCodeTypeApp{Length: 5}
}

// next is the type that announces a means for the next resend; nil: none.
func (m Means) next() tg.AuthCodeTypeClass {
	switch m {
	case BySMS:
		return new(tg.AuthCodeTypeSMS)
	case ByCall:
		return new(tg.AuthCodeTypeCall)
	case ByFlashCall:
		return new(tg.AuthCodeTypeFlashCall)
	case ByMissedCall:
		return new(tg.AuthCodeTypeMissedCall)
	case ByFragment:
		return new(tg.AuthCodeTypeFragmentSMS)
	}
	return nil
}

// unsent returns the answer of means that send no code; nil: they send one.
func (c call) unsent(m Means, a account, hash string) (bin.Encoder, error) {
	switch m {
	case Payment:
		return &tg.AuthSentCodePaymentRequired{
			StoreProduct: "sandbox", PhoneCodeHash: hash, SupportEmailAddress: "sms@example.org",
			SupportEmailSubject: "code", PremiumDays: 7, Currency: "USD", Amount: 99,
		}, nil
	case NoCode:
		authorization, err := c.enter(a)
		if err != nil {
			return nil, err
		}
		return &tg.AuthSentCodeSuccess{Authorization: authorization}, nil
	case NewerAnswer:
		return newerAnswer{}, nil
	}
	return nil, nil
}

// newerAnswer is of a type that no client knows.
type newerAnswer struct{}

// Encode implements bin.Encoder.
func (newerAnswer) Encode(b *bin.Buffer) error { b.PutID(0x7e57ab1e); return nil }

// codeBy returns an account's code as these means send it; "" where they send none.
func (a account) codeBy(m Means) string {
	switch m {
	case ByWord:
		return CodeWord
	case ByPhrase:
		return CodePhrase
	case ByFlashCall:
		return CodeCaller
	case ByFirebase, EmailSetup: // never sent to a client of this kind
		return ""
	}
	return a.code()
}

// entered returns the code in a request: that of an email is in email_verification only.
func entered(req *tg.AuthSignInRequest, m Means) string {
	if m != ByEmail {
		return req.PhoneCode
	}
	if code, ok := req.EmailVerification.(*tg.EmailVerificationCode); ok {
		return code.Code
	}
	return ""
}
