// The one line on a site: <script async src="…/static/site/chat/chat.js" data-channel="TOKEN"></script>
// Loads the widget beside itself and tells it where it came from. No cookie, nothing global.
{
  const script = document.currentScript
  const from = new URL(script.src)
  import(new URL("app.js" + from.search, from)).then((app) => app.start(script, from))
}
