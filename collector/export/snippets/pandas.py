# %% [markdown]
# # Telegram channels, collected with telegramtrac
# Run in the folder of the bundle. Needs `pandas` and `pyarrow`; `methods.md`
# says how the data came about, `dictionary.md` what each column means.

# %%
import pandas as pd

columns = ["channel_id", "channel_username", "message_id", "kind", "date", "text", "views", "forwards", "replies",
           "forward_from_id", "forward_from_username", "forward_from_type", "hashtags", "media_type"]
# The dtype backend keeps ids whole and missing values apart from zero.
messages = pd.read_parquet("data/messages.parquet", columns=columns, dtype_backend="numpy_nullable")
posts = messages[messages["kind"] == "message"]
print(len(messages), "rows,", len(posts), "messages")

# %% [markdown]
# ## How complete it is
# Absent ids were deleted, or never there. `server_count` is what Telegram says.

# %%
receipts = pd.read_parquet("data/receipts.parquet", dtype_backend="numpy_nullable")
receipts[["requested_as", "state", "lo", "hi", "messages", "service_messages", "absent", "server_count", "finished_at"]]

# %% [markdown]
# ## Each channel

# %%
posts.groupby(["channel_id", "channel_username"], dropna=False).agg(
    messages=("message_id", "count"), views=("views", "sum"), forwards=("forwards", "sum"),
    oldest=("date", "min"), newest=("date", "max")).sort_values("messages", ascending=False)

# %% [markdown]
# ## Messages per month

# %%
per_month = posts["date"].dt.tz_convert("UTC").dt.strftime("%Y-%m").value_counts().sort_index()
per_month

# %% [markdown]
# ## Where forwards come from

# %%
posts[posts["forward_from_type"] == "channel"].groupby(["forward_from_id", "forward_from_username"], dropna=False).size().sort_values(ascending=False).head(25)

# %% [markdown]
# ## Hashtags
# In how many messages each stands.

# %%
tags = posts[["channel_id", "message_id", "hashtags"]].explode("hashtags").dropna(subset="hashtags")
tags["hashtags"] = tags["hashtags"].str.lower()
tags.drop_duplicates()["hashtags"].value_counts().head(25)
