// Runs a file of SQL statements and prints the rows of each as JSON.
const fs = require("fs");
const { DuckDBInstance } = require("@duckdb/node-api");

async function main() {
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  const statements = await connection.extractStatements(fs.readFileSync(process.argv[2], "utf8"));
  const results = [];
  for (let i = 0; i < statements.count; i++) {
    const prepared = await statements.prepare(i);
    const reader = await prepared.runAndReadAll();
    results.push(reader.getRowObjectsJson());
  }
  process.stdout.write(JSON.stringify(results));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
