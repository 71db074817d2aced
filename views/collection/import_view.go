package collection

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"telegramtrac/collector"
	"telegramtrac/views"
	"telegramtrac/views/words"
)

// Uploading is an upload of which got of total bytes have arrived; total 0: unknown.
func Uploading(got, total int64) views.ImportState {
	out := views.ImportState{
		Poll: true, Heading: "Uploading the files", Word: "uploading", Tone: "run", Max: total, Value: min(got, total),
		Figures: views.Bytes(got), Sentence: "Keep this page open until all of it has come.",
	}
	if total > 0 {
		out.Figures = fmt.Sprintf("%s of %s", views.Bytes(min(got, total)), views.Bytes(total))
	}
	return out
}

// Import is an import as the page shows it.
func Import(now collector.Import, token string) views.ImportState {
	out := views.ImportState{CSRF: token, Files: filesOf(now), FilesMore: int64(max(0, len(now.Files)-shownFiles))}
	switch now.State {
	case collector.Queued:
		out.Poll, out.Cancel, out.Heading, out.Word, out.Tone = true, true, "Importing files", "queued", "rest"
		out.Sentence = "It begins in a moment; if others import just now, when they have ended. You can close the page."
	case collector.Running:
		runningImport(&out, now)
	case collector.Done:
		doneImport(&out, now)
	case collector.Failed:
		out.Heading, out.Word, out.Tone, out.Sentence = "The files were not imported", "failed", "bad", importFault(now)
	case collector.Canceled:
		out.Heading, out.Word, out.Tone, out.Sentence = "The import was canceled", "canceled", "rest", "Nothing of it is in the dataset."
	}
	return out
}

// nameShownBytes limits the name of a file or channel within a sentence.
const nameShownBytes = 200

// shownFiles is how many file names are shown.
const shownFiles = 5

func filesOf(now collector.Import) []string {
	var out []string
	for _, f := range now.Files[:min(len(now.Files), shownFiles)] {
		out = append(out, f.Name)
	}
	return out
}

func runningImport(out *views.ImportState, now collector.Import) {
	out.Poll, out.Cancel, out.Heading, out.Word, out.Tone = true, true, "Importing files", "importing", "run"
	out.Value, out.Max = now.Done, now.Total
	out.Sentence = "You can close this page: it goes on."
	switch now.Step {
	case collector.ImportReading:
		out.Figures = "reading the files"
		if now.Total > 0 {
			out.Figures = fmt.Sprintf("reading the files: %d %%", 100*now.Done/now.Total)
		}
	case collector.ImportMerging:
		out.Figures = "putting the messages in"
		if now.Total > 0 {
			out.Figures = fmt.Sprintf("putting the messages in: %s of %s", views.Count(now.Done), views.Count(now.Total))
		}
	case collector.ImportTidying:
		out.Cancel, out.Value, out.Max = false, 1, 1
		out.Figures, out.Sentence = "tidying up", "Everything is in the dataset already."
	}
}

func doneImport(out *views.ImportState, now collector.Import) {
	out.Heading, out.Word, out.Tone, out.Done = "The files were imported", "done", "good", true
	out.Sentence = doneImportSentence(now) + leftOutSentence(now)
	out.Result = now
	for _, ch := range now.Channels {
		out.Channels = append(out.Channels, views.ImportedChannel{Imported: ch, Name: views.ChannelName(ch.Username, ch.ChannelID)})
	}
	for _, what := range slices.Sorted(maps.Keys(now.Dropped)) {
		to := &out.Dropped
		if collector.Technical(what) {
			to = &out.Technical
		}
		*to = append(*to, views.ImportDropped{What: what, Count: now.Dropped[what]})
	}
	for _, t := range now.Apart {
		out.Apart = append(out.Apart, apartSentence(t))
	}
}

// apartSentence says why a channel that a file names by username alone was not joined with a
// collected one, and what to do.
func apartSentence(t collector.TakenOver) string {
	name := "@" + views.Shorten(t.Username, nameShownBytes)
	what := "The file names " + name + " by its username alone, without its id. "
	switch t.Why {
	case collector.ApartStrangers:
		return what + "The channel of that name that was collected has none of these messages, so both stay apart. Collect more of it: they " +
			"join once a message is in both."
	case collector.ApartDiffers:
		if t.MessageID == 0 {
			return what + "Several channels bore that name and could be it, so these messages stay by themselves."
		}
		return what + fmt.Sprintf("Message %d has another date in the channel of that name that was collected, so they are two channels. "+
			"Nothing was mixed.", t.MessageID)
	}
	return what + "Its messages stay by themselves until the channel is collected; then they join it."
}

func doneImportSentence(now collector.Import) string {
	if now.Sum.Rows() == 0 {
		return "The files have no messages."
	}
	if now.Sum.New+now.Sum.Newer+now.Sum.Older == 0 {
		return fmt.Sprintf("Nothing changed: %s in the dataset already.", views.Plural(now.Sum.Known, "message was", "messages were"))
	}
	parts := []string{views.Plural(now.Sum.New, "message is new", "messages are new")}
	if now.Sum.Newer > 0 {
		parts = append(parts, views.Plural(now.Sum.Newer, "took the place of an older one", "took the place of older ones"))
	}
	if now.Sum.Older > 0 {
		parts = append(parts, views.Plural(now.Sum.Older, "is older than what was here and was kept beside it",
			"are older than what was here and were kept beside it"))
	}
	if now.Sum.Known > 0 {
		parts = append(parts, views.Plural(now.Sum.Known, "was here already", "were here already"))
	}
	return strings.Join(parts, "; ") + "."
}

// leftOutSentence says how many files or chats were left out: nobody should have to open a
// list to notice that one is missing.
func leftOutSentence(now collector.Import) string {
	n := int64(len(now.LeftOut) + now.LeftOutMore)
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(" %s left out, with the reason below.", views.Plural(n, "file or chat was", "files or chats were"))
}

// importFaults say why an import failed and, second, what to do.
var importFaults = map[collector.ImportError][2]string{
	collector.ImportInvented: {"The files hold channels of the sandbox, which are invented, and this workspace is for real ones.",
		"Import them in a workspace of the sandbox."},
	collector.ImportReal: {"The files hold messages that were collected from Telegram, and this workspace is the sandbox's, whose channels " +
		"are invented.", "Go on without an account, or sign in, and import them there."},
	collector.ImportFull:      {"The disk of the computer that runs telegramtrac is nearly full.", "Make room there, or ask whoever runs it."},
	collector.ImportOpenFiles: {"The computer that runs telegramtrac has too many files open.", "Upload the files again in a minute."},
	collector.ImportQuota: {"With these files the workspace would hold more than this server allows, in bytes or in channels.",
		"Import fewer of them, or ask whoever runs this server for more."},
	collector.ImportMemory: {"These files take more memory to read than an import may have here.",
		"Check that the export is whole, and import it in smaller pieces."},
	collector.ImportTime: {"These files take longer to read than an import may here.",
		"Check that the export is whole, and import it in smaller pieces."},
	collector.ImportCrashed: {"One of these files is damaged so that it ends whatever reads it.",
		"Make the export again, or import the files one by one."},
	collector.ImportInterrupted: {"telegramtrac was stopped each time it read these files.", "Try them one by one."},
}

// importFault says why an import failed, and what to do.
func importFault(now collector.Import) string {
	says, known := importFaults[now.Error]
	if now.Error == collector.ImportBadFile {
		says, known = [2]string{faultSentence(now.Fault), "Correct the file, or leave it out, and upload again."}, true
	}
	if !known {
		return words.Internal
	}
	return says[0] + " Nothing of this upload was imported. " + says[1]
}

// faultSentence names the file, the line and the field of a mistake in a file.
func faultSentence(f *collector.FileError) string {
	if f == nil {
		return "A file cannot be read."
	}
	where := views.Shorten(f.File, nameShownBytes)
	if f.Line > 0 {
		where += fmt.Sprintf(", line %s", views.Count(f.Line))
	}
	if f.Field != "" {
		where += fmt.Sprintf(", field %s", views.Shorten(f.Field, 100))
	}
	return where + ": " + views.Shorten(f.Problem, 300) + "."
}
