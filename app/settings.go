package main

import (
	"cmp"
	"crypto/rsa"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/gotd/td/tg"

	"telegramtrac/collector/preview"
	"telegramtrac/collector/proxy"
	"telegramtrac/collector/quota"
)

// settings are what flags and environment decide.
type settings struct {
	addr           string
	data           string
	secretKey      string
	sandbox        bool
	sandboxWorld   string
	telegramDC     []tg.DCOption
	telegramKey    *rsa.PublicKey
	previewURL     string
	proxy          *proxy.Proxy // to Telegram; nil: none
	maxInFlight    int
	pace           string // auto, off, or "" for auto at the real Telegram alone
	maxUpload      int64  // bytes; 0: nothing is imported
	trustedProxy   bool
	clientHeader   string
	accessPassword string
	apiID          int
	apiHash        string
	keep           time.Duration // 0: for ever
	quota          quota.Allowance
	metricsToken   string
}

// setting is one row of -h, and of the help's page of settings.
type setting struct {
	flag, env, byDefault, about string
}

// table lists every setting; a test holds the help's page to it.
func table() []setting {
	return []setting{
		{"addr", "ADDR", "127.0.0.1:8080", "Address to listen on. With `PORT` in the environment instead: that port on all interfaces."},
		{"data", "DATA_DIR", "./data", "Folder for everything that is kept."},
		{"", "SECRET_KEY", "a file in the data folder",
			"Key that seals sessions at rest, at least 16 characters. Several, comma-separated, newest first, to change it."},
		{"sandbox", "SANDBOX", "on when bound to loopback, else off", "Offer the sandbox, an invented Telegram to try things in."},
		{"sandbox-world", "SANDBOX_WORLD", "an invented city", "File or folder of Telethon NDJSON that the sandbox serves instead."},
		{"telegram-dc", "TELEGRAM_DC", "the real Telegram",
			"Another Telegram server, as ID=HOST:PORT. May be repeated; the first is where clients begin."},
		{"telegram-key", "TELEGRAM_KEY", "Telegram's own keys", "PEM file with that server's RSA public key."},
		{"preview-url", "PREVIEW_URL", "https://t.me",
			"Where the public web preview is read, for those without an account. `off` does not offer it."},
		{"proxy", "PROXY", "none", "A proxy to reach Telegram through: `socks5://`, `http://` or `mtproxy://` HOST:PORT, or a `tg://proxy` " +
			"link. The web preview takes the first two; past an MTProxy it goes directly. With a password or secret better set in the environment."},
		{"max-inflight", "MAX_INFLIGHT", "16", "Requests for messages that one account may have under way at the same time, at most."},
		{"pace", "PACE", "auto at the real Telegram, else off",
			"Begin slowly with accounts that are new here: 20 requests at once, then one a second, faster while Telegram is content. `off` never " +
				"does, `auto` does so at any server."},
		{"max-upload", "MAX_UPLOAD", "1024", "Size of the largest upload of files to import, in MB. `off` does not offer it."},
		{"trusted-proxy", "TRUSTED_PROXY", "off", "A proxy in front ends TLS and sets X-Forwarded-Proto: cookies are then for TLS only."},
		{"client-header", "CLIENT_HEADER", "X-Forwarded-For", "Header in which the trusted proxy says who asks, for the limits by network."},
		{"keep", "KEEP", "30 when hosted, else off",
			"Days after which a workspace is deleted that nobody opened or collected into. `off` keeps all."},
		{"max-disk", "MAX_DISK", "5GB when hosted, else off", "How much a workspace may hold, like 500MB. A collection that meets it pauses."},
		{"max-collections", "MAX_COLLECTIONS", "20 when hosted, else off",
			"How many collections of a workspace may be under way, waiting or paused."},
		{"max-channels", "MAX_CHANNELS", "1000 when hosted, else off", "How many channels a workspace may hold."},
		{"", "METRICS_TOKEN", "none",
			"What `/metrics` asks for as a bearer token, at least 16 characters. Without it only this machine may read it, " +
				"and not through a proxy."},
		{"", "ACCESS_PASSWORD", "none", "A password that everybody is asked for before anything else, at least 8 characters."},
		{"", "TELEGRAM_API_ID", "none", "An api_id of the host for people who bring none: they then need only their phone."},
		{"", "TELEGRAM_API_HASH", "none", "The api_hash that belongs to it."},
	}
}

// errVersion says that the program's version was asked for, and nothing else.
var errVersion = errors.New("the version was asked for")

// readSettings reads flags over environment over defaults. Its errors are
// sentences for the person who starts the program.
func readSettings(args []string, getenv func(string) string, out io.Writer) (settings, error) {
	values := map[string]string{}
	var dcs []string
	flags := flag.NewFlagSet("telegramtrac", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	for _, row := range table() {
		values[row.env] = getenv(row.env)
		switch row.flag {
		case "":
		case "sandbox", "trusted-proxy":
			flags.BoolFunc(row.flag, row.about, func(s string) error { values[row.env] = s; return nil })
		case "telegram-dc":
			flags.Func(row.flag, row.about, func(s string) error { dcs = append(dcs, s); return nil })
		default:
			flags.Func(row.flag, row.about, func(s string) error { values[row.env] = s; return nil })
		}
	}
	versionAsked := flags.Bool("version", false, "Print the program's version.")
	err := flags.Parse(args)
	if errors.Is(err, flag.ErrHelp) {
		printHelp(out)
		return settings{}, err
	}
	if *versionAsked {
		return settings{}, errVersion
	}
	if err == nil && flags.NArg() > 0 {
		err = fmt.Errorf("%q is neither a flag nor a command (backup, restore, doctor)", flags.Arg(0))
	}
	if err != nil {
		return settings{}, fmt.Errorf("%w. Start with -h to see the flags", err)
	}
	if len(dcs) == 0 && values["TELEGRAM_DC"] != "" {
		dcs = strings.Split(values["TELEGRAM_DC"], ",")
	}
	if values["ADDR"] == "" && getenv("PORT") != "" {
		values["ADDR"] = ":" + getenv("PORT")
	}
	return checkSettings(values, dcs)
}

func printHelp(out io.Writer) {
	fmt.Fprintln(out, "telegramtrac collects public Telegram channels. Settings (flag, environment, default):")
	for _, row := range table() {
		name := "          (environment only)"
		if row.flag != "" {
			name = "--" + row.flag
		}
		fmt.Fprintf(out, "  %-16s %-14s %s\n  %31s %s\n", name, row.env, row.byDefault, "", row.about)
	}
	fmt.Fprintln(out, "  --version        Print the program's version.")
	fmt.Fprintln(out, "Commands, while the program is stopped (each with --data):")
	fmt.Fprintln(out, "  backup NEW-FOLDER or NEW-FILE.zip  Copy all data, with checksums.")
	fmt.Fprintln(out, "  restore BACKUP                     Check a backup and copy it into an empty folder.")
	fmt.Fprintln(out, "  doctor [--repair]                  Look through everything; go on without what is damaged.")
}

func checkSettings(values map[string]string, dcs []string) (_ settings, err error) {
	s := settings{
		addr:         cmp.Or(values["ADDR"], "127.0.0.1:8080"),
		data:         cmp.Or(values["DATA_DIR"], "./data"),
		secretKey:    values["SECRET_KEY"],
		sandboxWorld: values["SANDBOX_WORLD"],
		previewURL:   cmp.Or(values["PREVIEW_URL"], preview.DefaultURL),
	}
	s.clientHeader = cmp.Or(values["CLIENT_HEADER"], "X-Forwarded-For")
	if s.accessPassword = values["ACCESS_PASSWORD"]; s.accessPassword != "" && len(s.accessPassword) < 8 {
		return s, errors.New("ACCESS_PASSWORD is too short: use at least 8 characters")
	}
	if s.apiID, s.apiHash, err = hostAPI(values["TELEGRAM_API_ID"], values["TELEGRAM_API_HASH"]); err != nil {
		return s, err
	}
	if s.metricsToken = values["METRICS_TOKEN"]; s.metricsToken != "" && len(s.metricsToken) < 16 {
		return s, errors.New("METRICS_TOKEN is too short: use at least 16 characters")
	}
	host, _, err := net.SplitHostPort(s.addr)
	if err != nil {
		return s, fmt.Errorf("%q is not an address like 127.0.0.1:8080", s.addr)
	}
	if s.sandbox, err = onOff(values["SANDBOX"], loopback(host)); err != nil {
		return s, fmt.Errorf("sandbox is on or off, not %q", values["SANDBOX"])
	}
	if s.trustedProxy, err = onOff(values["TRUSTED_PROXY"], false); err != nil {
		return s, fmt.Errorf("trusted-proxy is on or off, not %q", values["TRUSTED_PROXY"])
	}
	// Whoever cannot be reached by others, also not through a proxy, hosts nobody.
	hosted := s.trustedProxy || !loopback(host)
	if hosted && strings.TrimSpace(s.secretKey) == "" {
		return s, fmt.Errorf("SECRET_KEY is missing: others can reach this address, so the key must not lie beside the data. Make one with: "+
			"openssl rand -hex 32. If %s/secret.key exists, set SECRET_KEY to what is in it, and delete the file", s.data)
	}
	if err := s.readQuotas(values, hosted); err != nil {
		return s, err
	}
	if s.maxInFlight, err = strconv.Atoi(cmp.Or(values["MAX_INFLIGHT"], "16")); err != nil || s.maxInFlight < 1 || s.maxInFlight > 64 {
		return s, fmt.Errorf("max-inflight is a number from 1 to 64, not %q", values["MAX_INFLIGHT"])
	}
	if s.pace = strings.ToLower(values["PACE"]); s.pace != "" && s.pace != "auto" && s.pace != "off" {
		return s, fmt.Errorf("pace is auto or off, not %q", values["PACE"])
	}
	if s.maxUpload, err = megabytes(cmp.Or(values["MAX_UPLOAD"], "1024")); err != nil {
		return s, fmt.Errorf("max-upload is a number of MB from 1 to 1000000, or off, not %q", values["MAX_UPLOAD"])
	}
	if s.previewURL != "off" {
		if _, err := preview.New(preview.Options{URL: s.previewURL}); err != nil {
			return s, fmt.Errorf("preview-url is an address like %s, or off, not %q", preview.DefaultURL, s.previewURL)
		}
	}
	if value := values["PROXY"]; value != "" {
		if s.proxy, err = proxy.Parse(value); err != nil { // the value may hold a password
			return s, fmt.Errorf("proxy is an address like socks5://127.0.0.1:1080, http://user:password@127.0.0.1:3128 or "+
				"mtproxy://HOST:PORT?secret=…, or a tg://proxy or https://t.me/proxy link: %w", err)
		}
	}
	for _, dc := range dcs {
		option, err := parseDC(dc)
		if err != nil {
			return s, err
		}
		s.telegramDC = append(s.telegramDC, option)
	}
	if (len(s.telegramDC) > 0) != (values["TELEGRAM_KEY"] != "") {
		return s, errors.New("another Telegram server needs both --telegram-dc and --telegram-key")
	}
	if values["TELEGRAM_KEY"] != "" {
		s.telegramKey, err = readPublicKey(values["TELEGRAM_KEY"])
	}
	return s, err
}

// hostAPI checks the api_id and api_hash that a host lends: both or neither. Its
// error never repeats the hash.
func hostAPI(id, hash string) (int, string, error) {
	if id == "" && hash == "" {
		return 0, "", nil
	}
	number, err := strconv.Atoi(id)
	if _, hexErr := hex.DecodeString(hash); err != nil || number <= 0 || hexErr != nil || len(hash) != 32 {
		return 0, "", errors.New("TELEGRAM_API_ID is a number and TELEGRAM_API_HASH has 32 digits and letters from a to f; set both or neither")
	}
	return number, hash, nil
}

// megabytes reads a size in MB; off is none.
func megabytes(value string) (int64, error) {
	if strings.EqualFold(value, "off") {
		return 0, nil
	}
	n, err := strconv.ParseInt(value, 10, 64)
	if err == nil && (n < 1 || n > 1_000_000) {
		err = strconv.ErrRange
	}
	return n * 1_000_000, err
}

func onOff(value string, byDefault bool) (bool, error) {
	switch strings.ToLower(value) {
	case "":
		return byDefault, nil
	case "on":
		return true, nil
	case "off":
		return false, nil
	}
	return strconv.ParseBool(value)
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// parseDC reads ID=HOST:PORT.
func parseDC(s string) (tg.DCOption, error) {
	id, addr, ok := strings.Cut(strings.TrimSpace(s), "=")
	host, port, err := net.SplitHostPort(addr)
	number, idErr := strconv.Atoi(id)
	portNumber, portErr := strconv.Atoi(port)
	if !ok || errors.Join(err, idErr, portErr) != nil {
		return tg.DCOption{}, fmt.Errorf("%q is not a Telegram server like 2=149.154.167.40:443", s)
	}
	return tg.DCOption{ID: number, IPAddress: host, Port: portNumber}, nil
}

// readPublicKey reads a PEM file in PKCS #1 or PKIX form.
func readPublicKey(path string) (*rsa.PublicKey, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the server's key: %w", err)
	}
	block, _ := pem.Decode(b)
	if block == nil {
		return nil, fmt.Errorf("%s is not a PEM file", path)
	}
	if key, err := x509.ParsePKCS1PublicKey(block.Bytes); err == nil {
		return key, nil
	}
	parsed, err := x509.ParsePKIXPublicKey(block.Bytes)
	if key, ok := parsed.(*rsa.PublicKey); ok && err == nil {
		return key, nil
	}
	return nil, fmt.Errorf("%s holds no RSA public key", path)
}
