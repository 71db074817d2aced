# Run in the folder of the bundle. Needs arrow, dplyr and tidyr; bit64 keeps ids whole.
library(arrow)
library(dplyr)
library(tidyr)
options(arrow.int64_downcast = FALSE)

messages <- open_dataset("data/messages.parquet")
posts <- messages |> filter(kind == "message")

print(messages |> summarise(rows = n()) |> collect())

posts |>
  group_by(channel_id, channel_username) |>
  summarise(messages = n(), views = sum(views, na.rm = TRUE), oldest = min(date), newest = max(date), .groups = "drop") |>
  arrange(desc(messages)) |>
  collect() |>
  print()

posts |>
  filter(forward_from_type == "channel") |>
  count(forward_from_id, forward_from_username, sort = TRUE) |>
  head(25) |>
  collect() |>
  print()

posts |>
  select(channel_id, message_id, hashtags) |>
  collect() |>
  unnest_longer(hashtags) |>
  distinct(channel_id, message_id, hashtag = tolower(hashtags)) |>
  count(hashtag, sort = TRUE) |>
  head(25) |>
  print()
