# %% [markdown]
# # Telegram channels, collected with telegramtrac
# Run in the folder of the bundle. Needs Python 3.8, `pandas` 1.5 and `pyarrow` 8, or
# newer: `pip install "pandas>=1.5" "pyarrow>=8"`. `methods.md` says how the data came
# about, `dictionary.md` what each column means.

# %%
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

print("pandas", pd.__version__, "and pyarrow", pa.__version__)

# These types keep ids of 64 bits whole, and what is missing apart from zero.
# Plain pandas makes floating-point numbers of such columns.
whole = {pa.int64(): pd.Int64Dtype(), pa.int32(): pd.Int32Dtype(), pa.bool_(): pd.BooleanDtype(),
         pa.float64(): pd.Float64Dtype(), pa.string(): pd.StringDtype()}


def read(name, columns=None):
    return pq.read_table("data/" + name, columns=columns).to_pandas(types_mapper=whole.get)


columns = ["channel_id", "channel_username", "message_id", "kind", "date", "text", "views", "forwards", "replies",
           "forward_from_id", "forward_from_username", "forward_from_type", "hashtags", "media_type", "link"]
messages = read("messages.parquet", columns)
posts = messages[messages["kind"] == "message"]
print(len(messages), "rows,", len(posts), "messages")

# %% [markdown]
# ## How complete it is
# Absent ids were deleted, or never there. `server_count` is what Telegram says.

# %%
receipts = read("receipts.parquet", ["requested_as", "state", "lo", "hi", "messages", "service_messages", "absent", "server_count", "finished_at"])
receipts

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
# ## What was seen most

# %%
posts.sort_values("views", ascending=False)[["link", "date", "views", "text"]].head(25)

# %% [markdown]
# ## Where forwards come from

# %%
posts[posts["forward_from_type"] == "channel"].groupby(["forward_from_id", "forward_from_username"], dropna=False).size().sort_values(ascending=False).head(25)

# %% [markdown]
# ## Hashtags
# In how many messages each stands.

# %%
tags = posts[["channel_id", "message_id", "hashtags"]].explode("hashtags").dropna(subset=["hashtags"])
tags["hashtags"] = tags["hashtags"].str.lower()
tags.drop_duplicates()["hashtags"].value_counts().head(25)
