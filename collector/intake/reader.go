package intake

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"runtime/debug"
	"runtime/metrics"
	"syscall"
	"time"

	"telegramtrac/collector"
	"telegramtrac/collector/archive"
	"telegramtrac/collector/archive/input"
	"telegramtrac/collector/dataset/staging"
)

// Exit codes of a reader that ends without an outcome.
const (
	exitOrphan = 71 // the program is gone
	exitMemory = 72 // it used too much memory
	exitOrder  = 73 // there was no job
	exitTime   = 74 // it used too much processor time
)

// Main reads one job; call it if IsReader reports true. It returns the process's exit code.
func Main(in io.Reader, out io.Writer) int {
	signal.Ignore(os.Interrupt, syscall.SIGTERM) // when the program stops, its reader ends too
	ignoreFileSize()
	orders := bufio.NewReader(in)
	order, err := orders.ReadBytes('\n')
	if err != nil {
		return exitOrder
	}
	var job Job
	if err := json.Unmarshal(order, &job); err != nil {
		return exitOrder
	}
	go func() { // ends with the process
		_, _ = io.Copy(io.Discard, orders)
		os.Exit(exitOrphan)
	}()
	confine(job.Limits)
	debug.SetMemoryLimit(job.Limits.Memory * 6 / 10) // the garbage collector works harder well below the limit
	go watchMemory(job.Limits.Memory * memoryFactor) // ends with the process
	r := &reading{out: json.NewEncoder(out), job: job, met: map[Seen]bool{}}
	r.tell(r.read(context.Background()))
	return 0
}

// watchMemory ends the process if it uses too much memory.
func watchMemory(most int64) {
	sample := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	for range time.Tick(20 * time.Millisecond) {
		metrics.Read(sample)
		if int64(sample[0].Value.Uint64()-sample[1].Value.Uint64()) > most {
			os.Exit(exitMemory)
		}
	}
}

// reading is one job under way.
type reading struct {
	out *json.Encoder
	job Job
	met map[Seen]bool // the channels that were reported
}

// tell writes a line. If that fails, the program is gone.
func (r *reading) tell(l line) {
	if r.out.Encode(l) != nil {
		os.Exit(exitOrphan)
	}
}

// read stages all files and returns the outcome.
func (r *reading) read(ctx context.Context) line {
	staging, err := staging.NewStaging(r.job.Folder, time.Now())
	if err != nil {
		return outcomeOf(err)
	}
	o := input.Options{Temp: r.job.Folder, Progress: func(done, total int64) { r.tell(line{Done: done, Total: total}) }}
	if len(r.job.Key) > 0 {
		o.Pseudonym = collector.KeyedPseudonym(r.job.Key)
	}
	report, err := archive.Read(ctx, r.job.Files, o, func(seen collector.Observations) error {
		if err := r.meet(seen); err != nil {
			return err
		}
		return staging.Add(ctx, seen)
	})
	if err == nil {
		err = staging.Finish(ctx)
	}
	if err != nil {
		return outcomeOf(err)
	}
	result := &Result{Staging: staging.Folder(), Sources: staging.Sources(), Dropped: report.Dropped, LocalDay: report.LocalDay}
	result.Files, result.FilesMore = collector.Shortened(report.Files)
	result.LeftOut, result.LeftOutMore = collector.Shortened(report.LeftOut)
	return line{Result: result}
}

// maxMet is how many pairs of channel and name one job may have.
const maxMet = 50_000

// meet reports the channels that were not reported before.
func (r *reading) meet(o collector.Observations) error {
	var news []Seen
	note := func(s Seen) {
		if !r.met[s] {
			r.met[s] = true
			news = append(news, s)
		}
	}
	for i := range o.Messages {
		note(Seen{o.ChannelID, o.Messages[i].ChannelUsername, o.Messages[i].Source})
	}
	if o.Channel != nil {
		note(Seen{o.ChannelID, o.Channel.Username, o.Channel.Source})
	}
	if len(r.met) > maxMet {
		return &staging.TooMuchError{What: "they call channels by more names than are imported at once"}
	}
	if len(news) > 0 {
		r.tell(line{Seen: news})
	}
	return nil
}

// outcomeOf turns an error into the line that reports it.
func outcomeOf(err error) line {
	if fault, ok := errors.AsType[*collector.FileError](err); ok {
		return line{Fault: fault}
	}
	if much, ok := errors.AsType[*staging.TooMuchError](err); ok {
		return line{Fault: &collector.FileError{File: "The files together", Problem: much.What}}
	}
	if errors.Is(err, syscall.ENOSPC) {
		return line{Full: true}
	}
	if path, ok := errors.AsType[*fs.PathError](err); ok { // without the folder's name
		return line{Failed: path.Op + ": " + path.Err.Error()}
	}
	return line{Failed: err.Error()}
}
