# Run in the folder of the bundle. Needs polars.
import polars as pl

messages = pl.scan_parquet("data/messages.parquet")
posts = messages.filter(pl.col("kind") == "message")

print(messages.select(rows=pl.len(), channels=pl.col("channel_id").n_unique()).collect())

print(posts.group_by("channel_id", "channel_username")
      .agg(messages=pl.len(), views=pl.col("views").sum(), oldest=pl.col("date").min(), newest=pl.col("date").max())
      .sort("messages", descending=True).collect())

print(posts.group_by(month=pl.col("date").dt.strftime("%Y-%m")).agg(messages=pl.len()).sort("month").collect())

print(posts.filter(pl.col("forward_from_type") == "channel")
      .group_by("forward_from_id", "forward_from_username").agg(messages=pl.len())
      .sort("messages", descending=True).head(25).collect())

print(posts.select("channel_id", "message_id", hashtag="hashtags").explode("hashtag").drop_nulls()
      .with_columns(pl.col("hashtag").str.to_lowercase()).unique().group_by("hashtag").agg(messages=pl.len()).sort("messages", descending=True).head(25).collect())
