package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// duckQueries asks DuckDB what the pages ask, a list of statements each: M is messages.parquet.
var duckQueries = map[string]string{
	"page": "select * from M order by date desc, message_id desc limit 50",
	"deep": "select * from M order by date desc, message_id desc limit 50 offset 500000",
	"charts": "select date_trunc('week', date) w, count(*), sum(views) from M group by w; " +
		"select media_type, count(*) from M group by media_type; " +
		"select dayofweek(date) d, hour(date) h, count(*) from M group by d, h",
	"sort": "select * from M order by views desc nulls last limit 50",
	"photos": "select count(*) from M where media_type = 'MessageMediaPhoto'; " +
		"select * from M where media_type = 'MessageMediaPhoto' order by date desc limit 50",
	"word": "select count(*) from M where contains(lower(text), 'gull rock'); " +
		"select * from M where contains(lower(text), 'gull rock') order by date desc limit 50",
	"edges":        "select forward_from_id, count(*), min(date), max(date) from M where forward_from_id is not null group by 1",
	"messages.csv": "copy (select * from M) to 'OUT.csv' (header)",
}

// duckDB returns how long DuckDB with two threads needs for each, the median of three; nothing
// where it is not installed.
func (m *million) duckDB() map[string]string {
	m.b.Helper()
	modules := os.Getenv("DUCKDB_MODULES")
	if modules == "" {
		return nil
	}
	asked := map[string][]string{}
	file := "read_parquet('" + m.parquet + "')"
	replace := strings.NewReplacer("M ", file+" ", "M)", file+")", "OUT", filepath.Join(m.folder, "duck"))
	for name, sql := range duckQueries {
		asked[name] = strings.Split(replace.Replace(sql), "; ")
	}
	queries, err := json.Marshal(asked)
	if err != nil {
		m.b.Fatal(err)
	}
	script, err := filepath.Abs(filepath.Join("testdata", "duckdb_times.js"))
	if err != nil {
		m.b.Fatal(err)
	}
	cmd := exec.CommandContext(m.b.Context(), "node", script)
	cmd.Env, cmd.Stdin, cmd.Stderr = append(os.Environ(), "NODE_PATH="+modules), bytes.NewReader(queries), os.Stderr
	answer, err := cmd.Output()
	var times map[string]float64
	if err == nil {
		err = json.Unmarshal(answer, &times)
	}
	if err != nil {
		m.b.Fatalf("ask DuckDB: %v", err)
	}
	out := map[string]string{}
	for name, ms := range times {
		out[name] = fmt.Sprintf("DuckDB %.3f s", ms/1000)
	}
	return out
}
