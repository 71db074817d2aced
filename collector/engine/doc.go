// Package engine stores what people want and what became of it, on a NATS JetStream server
// inside the process: records of collections, leases on workspaces, progress for watchers, and
// calls between the web and the holder of a workspace. It does not interpret values: secrets
// arrive sealed, payloads of calls are neither stored nor logged.
//
// Three buckets store everything.
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
//	             <workspace>.list.<id>          a list of channels
//	             <workspace>.listed             that collections from before there were lists have theirs
//	leases       <workspace>                    its one holder; forgotten after LeaseTTL unless renewed
//
// The workspace stands before the id so that one filter finds all of a person's collections.
// Ids begin with the time, so they sort in the order in which the collections were submitted,
// which is the order in which they run.
//
// A record's state follows from both halves: want says what ought to be, have what is. A
// collection can be paused or canceled while its workspace has no holder.
//
// Every value that a holder writes carries its lease's revision. Of two holders the one with
// the newer lease wins: the older one's next write is refused with ErrReplaced, whatever its
// clock says.
package engine
