// Package bench measures how fast channels are collected from Telegram, and at
// what cost. It has benchmarks only:
//
//	go test ./collector/telegram/bench -run '^$' -bench . -benchtime 1x -timeout 30m
//
// The sandbox serves messages with 250 bytes of text from a process of its own,
// over loopback; a second process collects them and reports what it has used, so
// neither the server nor the test binary counts. Latency is added to each answer.
//
//   - Collect: through the loop and the client to a store that only counts.
//     messages/s, and µs of CPU a message of the collecting process.
//   - Dataset: to finished Parquet, raw JSON included ("socket to finished
//     Parquet"). The same, and the peak of resident memory in MB.
//
// -bench 'Collect/80ms' chooses one latency, -bench 'Dataset/100000$' one size.
package bench
