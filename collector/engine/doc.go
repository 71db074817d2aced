// Package engine keeps what people want and what became of it, on a NATS
// JetStream server inside the process: records of collections, leases on
// workspaces, progress to whoever looks on, and calls between the web and the
// holder of a workspace. It keeps values and never looks into them: secrets
// arrive sealed, payloads of calls are neither stored nor logged.
//
// Three buckets hold everything.
//
//	collections  want.<workspace>.<id>          what the person asked: run, pause, cancel; written by the web
//	             have.<workspace>.<id>          state and counts; written by the holder, by compare-and-swap
//	             have.<workspace>.<id>.<n>      the same for channel n, so that a batch of a thousand is never rewritten whole
//	workspaces   visitor.<hash>                 the workspace that a visitor is in
//	             signin.<hash>                  the step at which a visitor's sign-in waits
//	             <workspace>.session            sealed
//	             <workspace>.flood              the flood budget
//	             <workspace>.peer.<key>         an access hash
//	             <workspace>.import             the last import of files
//	leases       <workspace>                    its one holder; forgotten after LeaseTTL unless renewed
//
// The workspace stands before the id so that one filter finds all of a person's
// collections. Ids begin with the time, so their order is the order in which
// they were submitted, which is the order in which they run.
//
// A record's state follows from both halves: want says what ought to be, have
// what is. Nobody has to hold a collection for it to be paused or canceled.
//
// Every value that a holder writes carries its lease's revision. Of two holders
// the one with the newer lease wins: the older one's next write is refused with
// ErrReplaced, whatever its clock believes.
package engine
