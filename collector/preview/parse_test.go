package preview

// sample is a page of everything that the saved pages lack. The markup is
// Telegram's, the words are ours.
const sample = `<html><head></head><body><div class="tgme_channel_info"><div class="tgme_channel_info_header_title"><span>Harbour</span></div>
<div class="tgme_channel_info_header_username"><a href="https://t.me/harbour">@harbour</a></div></div>
<section class="tgme_channel_history"></section></body></html>`
