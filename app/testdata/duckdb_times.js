// Reads {name: [statement, …]} and prints how many milliseconds DuckDB, with two threads, needs
// for each list: {name: the median of three runs}.
const fs = require("fs");
const { DuckDBInstance } = require("@duckdb/node-api");

async function main() {
  const instance = await DuckDBInstance.create(":memory:", { threads: "2" });
  const connection = await instance.connect();
  const times = {};
  for (const [name, statements] of Object.entries(JSON.parse(fs.readFileSync(0, "utf8")))) {
    const runs = [];
    for (let run = 0; run < 3; run++) {
      const began = performance.now();
      for (const sql of statements) {
        await connection.runAndReadAll(sql);
      }
      runs.push(performance.now() - began);
    }
    times[name] = runs.sort((a, b) => a - b)[1];
  }
  process.stdout.write(JSON.stringify(times));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
