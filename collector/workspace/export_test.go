package workspace

import (
	"context"

	"telegramtrac/collector/workspace/tasks"
)

// Insist is insist, and whether another job was asked for.
func Insist(ctx context.Context, h *Host, f func(context.Context) error) (done, again bool) {
	done = h.insist(ctx, "w", "a test failed", f)
	h.tasks.Work = map[tasks.Kind]func(context.Context, string, *tasks.Task){
		tasks.Importing: func(context.Context, string, *tasks.Task) { again = true },
	}
	jobs := make(chan string)
	close(jobs)
	_ = h.tasks.Loop(context.WithoutCancel(ctx), jobs) // begins what is wanted, and ends
	h.tasks.Wait()
	return done, again
}

// Work is what a holder does once.
func Work(ctx context.Context, h *Host, workspace string) error {
	return h.work(ctx, workspace, &tasks.Task{})
}

// PassedOver is after how many collections in a row their workspace is compacted.
const PassedOver = passedOver
