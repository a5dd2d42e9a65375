// Every command of a script's `client`, as a row: what is done on a small page, and what must come of it.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { call, calls, pageServer, told } from "../support/calls.mjs";
import { exits, ringback, scratch, source, start } from "../support/programs.mjs";

const page = `<title>A page</title>
<h1 id="head" class="big red" title="hint" style="color: rgb(1, 2, 3)">Hello <b>there</b></h1>
<p id="hidden" style="display:none">secret</p><p id="clear" style="opacity:0">glass</p>
<form onsubmit="event.preventDefault(); out('submitted ' + text.value)"><input id="text" name="field" value="old">
<input id="check" type="checkbox" checked><input id="off" disabled><input id="file" type="file"><button hidden></button></form>
<select id="list"><option value="1">one</option><option value="2" id="two">two</option></select>
<textarea id="area"></textarea><div id="edit" contenteditable>draft</div>
<button id="button" onclick="out('clicked')" ondblclick="out('twice')" oncontextmenu="out('menu')"
  onmouseover="out('over')">Press</button>
<button id="late" onclick="setTimeout(() => { later.hidden = false; gone.remove(); }, 300)">Later</button>
<p id="later" hidden>now</p><p id="gone">soon gone</p>
<button id="ask" onclick="out('answered ' + confirm('Sure?'))">Ask</button>
<a id="link" href="/second?x=1#y">To the second</a> <a href="/popup" target="_blank" id="open">Open</a>
<p style="height:3000px"></p><button id="far" onclick="out('far')">Far</button>
<div id="out"></div><ul><li class="item">1<li class="item">2<li class="item">3</ul>
<iframe id="inner" name="inside" src="/frame" style="margin:40px"></iframe>
<div id="pad" style="width:100px;height:50px" onmousedown="out('pad ' + event.offsetX + ',' + event.offsetY + ' ' + event.button)"></div>
<script>
  function out(line) { document.getElementById('out').textContent += line + ';'; }
  const field = document.getElementById('text');
  field.addEventListener('keydown', e => { if (e.key === 'Enter') out('enter'); });
  field.addEventListener('change', () => out('changed'));
  document.addEventListener('keydown', e => { if (e.key === 'Escape') out('escape'); });
  list.addEventListener('change', () => out('chose ' + list.value));
  file.addEventListener('change', () => out('file ' + file.files[0].name));
</script>`;
const pages = {
  "/": page,
  "/second": "<title>Second</title><p id=second>second</p>",
  "/frame": "<title>Frame</title><button id=in onclick=\"parent.out('in frame')\">In</button><p id=only>only here</p>",
  "/popup": "<title>Popup</title><p id=pop>popped</p>",
  "/lobby": "<title>Lobby</title><a id=open target=_blank href=/talk?later>Talk</a>",
  // A call with oneself: two connections in one page.
  "/talk": `<title>Talk</title><button id="talk" onclick="talk()">Talk</button><video autoplay muted></video><script>
    async function talk() {
      const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: { width: 320, height: 240 } });
      const [a, b] = [new RTCPeerConnection(), new RTCPeerConnection()];
      a.onicecandidate = e => b.addIceCandidate(e.candidate), b.onicecandidate = e => a.addIceCandidate(e.candidate);
      b.ontrack = e => { document.querySelector("video").srcObject = e.streams[0]; document.body.append(Object.assign(document.createElement("p"), { className: "on" })); };
      for (const track of stream.getTracks()) a.addTrack(track, stream);
      await a.setLocalDescription(), await b.setRemoteDescription(a.localDescription);
      await b.setLocalDescription(), await a.setRemoteDescription(b.localDescription);
    }
    if (!location.search) talk();
  </script>`,
};

// Each row: its name, code with `tell(value)` to say what came of it, and what must be told. Each begins on a fresh page.
const text = 'client.getText("#out", r => tell(r.value))';
const rows = [
  ["url", 'client.url(base + "/second").getTitle(tell)', "Second"],
  ["url of the service", 'client.url("/second?q").url(r => tell(r.value))', "BASE/second?q"],
  ["getUrl", "client.getUrl(r => tell(r.value))", "BASE/"],
  ["getCurrentUrl", "client.getCurrentUrl(r => tell(r.value))", "BASE/"],
  ["getTitle", "client.getTitle(tell)", "A page"],
  ["source", 'client.source(r => tell(r.value.includes("<h1 id=")))', true],
  ["refresh", `client.click("#button").refresh(); ${text}`, ""],
  ["back and forward", 'client.click("#link").waitForElementPresent("#second", 3000).back().getTitle(t => { client.forward().getTitle(u => tell(t + "," + u)); })', "A page,Second"],
  ["pause", 'const began = Date.now(); client.pause(300).perform(() => tell(Date.now() - began >= 290))', true],
  ["execute a function", 'client.execute((a, b) => a + b + document.title.length, [2, 3], r => tell(r.value))', 11],
  ["execute a text", 'client.execute("return arguments[0].toUpperCase()", ["abc"], r => tell(r))', { status: 0, value: "ABC" }],
  ["execute a method", 'const o = {f() { return [1, {a: null}]; }}; client.execute(function () { return [1, {a: null}]; }, [], r => tell(r.value))', [1, { a: null }]],
  ["execute waits for a promise", 'client.execute(async () => { await new Promise(r => setTimeout(r, 50)); return 5; }, [], r => tell(r.value))', 5],
  ["executeScript", 'client.executeScript("return 7", [], r => tell(r.value))', 7],
  ["executeAsync", 'client.executeAsync(function (a, done) { setTimeout(() => done(a * 2), 50); }, [21], r => tell(r.value))', 42],
  ["executeAsyncScript", 'client.executeAsyncScript(function (done) { done("d"); }, [], r => tell(r.value))', "d"],
  ["resizeWindow", 'client.resizeWindow(700, 500).execute(() => [innerWidth, innerHeight], [], r => tell(r.value))', [700, 500]],
  ["setWindowSize", 'client.setWindowSize(640, 480).execute(() => [innerWidth, innerHeight], [], r => tell(r.value))', [640, 480]],
  ["maximizeWindow", 'client.maximizeWindow().execute(() => innerWidth, [], r => tell(r.value))', 1920],
  ["windowMaximize", 'client.windowMaximize("current").execute(() => innerWidth, [], r => tell(r.value))', 1920],
  ["useXpath and useCss", 'client.useXpath().getText("//h1", r => { client.useCss().getText("h1 b", q => tell(r.value + "|" + q.value)); })', "Hello there|there"],
  ["a strategy of its own", 'client.getText("xpath", "//h1/b", r => tell(r.value))', "there"],
  ["a selector object", 'client.getText({selector: "//h1/b", locateStrategy: "xpath"}, r => tell(r.value))', "there"],
  ["frame by id", 'client.frame("inner").getText("#only", r => { tell(r.value); client.frame(); })', "only here"],
  ["frame by name", 'client.frame("inside").getText("#only", r => { tell(r.value); client.frame(null); })', "only here"],
  ["frame by index, and clicks in it", `client.frame(0).click("#in").frameParent(); ${text}`, "in frame;"],
  ["windows", 'client.windowHandle(own => { client.click("#open").pause(500).windowHandles(r => { client.switchWindow(r.value[1]).getText("#pop", p => { client.closeWindow().windowHandles(rest => tell([r.value.length, p.value, rest.value.length, rest.value[0] === own.value])); }); }); })', [2, "popped", 1, true]],
  ["switchToWindow", 'client.windowHandles(r => client.switchToWindow(r.value[0]).getTitle(tell))', "A page"],
  ["acceptAlert", `client.click("#ask").getAlertText(r => client.acceptAlert().getText("#out", o => tell(r.value + " " + o.value)))`, "Sure? answered true;"],
  ["dismissAlert", `client.click("#ask").dismissAlert(); ${text}`, "answered false;"],
  ["keys", `client.keys(client.Keys.ESCAPE); ${text}`, "escape;"],
  ["sendKeys appends", 'client.sendKeys("#text", " ü👋").getValue("#text", r => tell(r.value))', "old ü👋"],
  ["setValue with keys", `client.setValue("#text", ["er", client.Keys.ENTER]); ${text}`, "enter;changed;submitted older;"],
  ["setValue with a shortcut", 'client.setValue("#text", [client.Keys.CONTROL, "a", client.Keys.NULL, "new"]).getValue("#text", r => tell(r.value))', "new"],
  ["setValue of a number", 'client.clearValue("#text").setValue("#text", 42).getValue("#text", r => tell(r.value))', "42"],
  ["setValue in a text area", 'client.setValue("#area", "two\\nlines").getValue("#area", r => tell(r.value))', "two\nlines"],
  ["setValue in editable content", 'client.clearValue("#edit").setValue("#edit", "ab").getText("#edit", r => tell(r.value))', "ab"],
  ["setValue of a file", `client.setValue("#file", FILE); ${text}`, "file upload.txt;"],
  ["updateValue", 'client.updateValue("#text", "fresh").getValue("#text", r => tell(r.value))', "fresh"],
  ["clearValue", 'client.clearValue("#text").getValue("#text", r => tell(r.value))', ""],
  ["click scrolls", `client.click("#far"); ${text}`, "far;"],
  ["click", `client.click("#button"); ${text}`, "over;clicked;"],
  ["click on an option", `client.click("#two"); ${text}`, "chose 2;"],
  ["click on a check box", 'client.click("#check").isSelected("#check", r => tell(r.value))', false],
  ["doubleClickElement", `client.doubleClickElement("#button"); ${text}`, "over;clicked;clicked;twice;"],
  ["rightClick", `client.rightClick("#button"); ${text}`, "over;menu;"],
  ["moveToElement", `client.moveToElement("#button"); ${text}`, "over;"],
  ["moveToElement with an offset, mouseButtonClick", `client.moveToElement("#pad", 10, 20).mouseButtonClick("left"); ${text}`, "pad 10,20 0;"],
  ["mouseButtonDown and Up", `client.moveToElement("#pad", 7, 8).mouseButtonDown("right").mouseButtonUp("right"); ${text}`, "pad 7,8 2;"],
  ["doubleClick", `client.moveToElement("#button").doubleClick(); ${text}`, "over;clicked;clicked;twice;"],
  ["submitForm", `client.submitForm("#text"); ${text}`, "submitted old;"],
  ["getText", 'client.getText("#head", r => tell(r.value))', "Hello there"],
  ["getText of what is hidden", 'client.getText("#later", r => tell(r.value))', "now"],
  ["getValue", 'client.getValue("[name=field]", r => tell(r.value))', "old"],
  ["getAttribute", 'client.getAttribute("#head", "title", r => tell(r.value))', "hint"],
  ["getAttribute of a link", 'client.getAttribute("#link", "href", r => tell(r.value))', "BASE/second?x=1#y"],
  ["getAttribute of a flag", 'client.getAttribute("#check", "checked", r => tell(r.value))', "true"],
  ["getElementProperty", 'client.getElementProperty("#head", "childElementCount", r => tell(r.value))', 1],
  ["getCssProperty", 'client.getCssProperty("#head", "color", r => tell(r.value))', "rgb(1, 2, 3)"],
  ["getTagName", 'client.getTagName("#head", r => tell(r.value))', "h1"],
  ["getElementSize", 'client.getElementSize("#pad", r => tell(r.value))', { width: 100, height: 50 }],
  ["getLocation", 'client.getLocation("#pad", r => tell(r.value.y > 3000))', true],
  ["isVisible", 'client.isVisible("#head", a => client.isVisible("#hidden", b => client.isVisible("#clear", c => client.isVisible("#none", d => tell([a.value, b.value, c.value, d.value])))))', [true, false, false, false]],
  ["isPresent", 'client.isPresent("#hidden", a => client.isPresent("#none", b => tell([a.value, b.value])))', [true, false]],
  ["isEnabled", 'client.isEnabled("#text", a => client.isEnabled("#off", b => tell([a.value, b.value])))', [true, false]],
  ["isSelected", 'client.isSelected("#check", r => tell(r.value))', true],
  ["countElements", 'client.countElements(".item", r => tell(r.value))', 3],
  ["waitForElementVisible", 'client.click("#late").waitForElementVisible("#later", 3000, r => tell(r.value))', true],
  ["waitForElementNotPresent", 'client.click("#late").waitForElementNotPresent("#gone", 3000, r => tell(r.value))', false],
  ["waitForElementNotVisible", 'client.waitForElementNotVisible("#hidden", 1000, () => tell("yes"))', "yes"],
  ["waitForElementPresent", 'client.waitForElementPresent("#hidden", 1000, () => tell("yes"))', "yes"],
  ["perform", 'client.perform(() => { client.getTitle(t => tell(t)); })', "A page"],
  ["perform with done", 'client.perform(done => { client.getTitle(t => { tell(t); done(); }); })', "A page"],
  ["perform with client and done", 'client.perform((c, done) => { tell(typeof done); done(); })', "function"],
  ["cookies", 'client.setCookie({name: "a", value: "1"}).getCookies(r => { const c = r.value.find(x => x.name === "a").value; client.deleteCookies().getCookies(s => tell([c, s.value.length])); })', ["1", 0]],
  ["nested callbacks run before siblings", 'let o = ""; client.getTitle(() => { client.perform(() => { o += "a"; client.perform(() => { o += "b"; }); }); client.perform(() => { o += "c"; }); }).perform(() => { o += "d"; tell(o); })', "abcd"],
  ["this is the client", 'client.getTitle(function () { this.getTitle(tell); })', "A page"],
  ["init, end and time-outs are taken", 'client.init().timeouts("script", 100).timeoutsImplicitWait(5).timeoutsAsyncScript(5).getTitle(tell)', "A page"],
  ["assert.*", 'client.assert.visible("#head").assert.hidden("#hidden").assert.elementPresent("#head").assert.elementNotPresent("#no").assert.containsText("#head", "there").assert.textContains("#head", "Hello").assert.textEquals("#head", "Hello there").assert.value("#text", "old").assert.valueEquals("#text", "old").assert.valueContains("#text", "ol").assert.attributeEquals("#head", "title", "hint").assert.attributeContains("#head", "title", "hi").assert.cssClassPresent("#head", "red").assert.hasClass("#head", "big").assert.cssClassNotPresent("#head", "blue").assert.cssProperty("#head", "color", "rgb(1, 2, 3)").assert.enabled("#text").assert.selected("#check").assert.elementsCount(".item", 3).perform(() => tell("all"))', "all"],
  ["assert.* of pages and values", 'client.assert.title("A page").assert.titleEquals("A page").assert.titleContains("page").assert.urlEquals(base + "/").assert.urlEqual(base + "/").assert.urlContains("127.0.0.1").assert.ok(1).assert.equal("5", 5).assert.equals(1, 1).assert.strictEqual("a", "a").assert.deepEqual({a: [1]}, {a: [1]}).assert.notEqual(1, 2).perform(() => tell("all"))', "all"],
  ["an assertion waits", 'client.click("#late").assert.visible("#later").perform(() => tell("now"))', "now"],
  ["verify.*", 'client.verify.visible("#head").verify.titleContains("A").perform(() => tell("all"))', "all"],
  ["rtcInfo formats", 'client.rtcInfo("n %d s %s j %j", 5, "x", {a: 1}, "rest").perform(() => tell("ok"))', "ok"],
  ["rtcStartTimer and rtcGetTimer", 'client.rtcStartTimer("t").pause(200).rtcGetTimer("t", ms => tell(ms >= 190 && ms < 5000))', true],
  ["rtcSetMetric", 'client.rtcSetMetric("m", "set", 5).rtcSetMetric("m", "add", 3, "sum").rtcSetMetric("m", "sub", 1).perform(() => tell("ok"))', "ok"],
  ["rtcSetMetricFromTimer", 'client.rtcStartTimer("u").rtcSetMetricFromTimer("from-timer", "u", "avg").perform(() => tell("ok"))', "ok"],
  ["session values", 'client.rtcSetSessionValue("k", {deep: [1]}).rtcWaitForSessionValue("k", v => tell(v), 1000)', { deep: [1] }],
  ["test values", 'client.rtcSetTestValue("k", "v").rtcWaitForTestValue("k", v => tell(v), 1000)', "v"],
  ["rtcActivateWebhook posts", 'client.rtcActivateWebhook(base + "/echo", {n: 1}, r => tell(r))', { method: "POST", type: "application/json", body: "{\"n\":1}" }],
  ["rtcActivateWebhook gets", 'client.rtcActivateWebhook(base + "/echo", r => tell(r.method))', "GET"],
  ["include", 'include("lib.js"); tell(fromLibrary(20))', 40],
  ["client.include", 'client.include("lib.js"); tell(fromLibrary(4))', 8],
  ["process.env", 'tell([process.env.RTC_AGENT_NUM, process.env.RTC_AGENT_COUNT, process.env.RTC_SESSION_SIZE, process.env.RTC_SESSION_COUNT, process.env.RTC_SESSION_IDX, process.env.RTC_IN_SESSION_ID, process.env.RTC_TIMEOUT, process.env.RTC_OS, process.env.RTC_LOCATION, process.env.RTC_BROWSER, process.env.RTC_NETWORK_PROFILE, process.env.RTC_FIREWALL_PROFILE, process.env.RTC_RUN_COUNT, process.env.own])', ["1", "1", "1", "1", "1", "1", "120000", "linux", "here", "chromium", "No throttling", "FW_NO_FW", "1", "mine 1"]],
  ["names", 'const e = process.env; tell([e.RTC_SESSION_NAME === e.RTC_TEST_NAME + "-room1", e.RTC_AGENT_NAME === e.RTC_TEST_NAME + "-1", e.RTC_SERVICE_URL === base, e.RTC_TEST_SCRIPT_NAME, e.RTC_TEST_RUN_ID.length])', [true, true, true, "commands", 36]],
  ["a return ends a function", 'return tell((() => { return "r"; })())', "r"],
  ["saveScreenshot", 'client.saveScreenshot("saved.png").perform(() => tell("ok"))', "ok"],
  ["rtcScreenshot", 'client.rtcScreenshot("a/b c").perform(() => tell("ok"))', "ok"],
  ["rtcEvent, rtcProgress, rtcCaptureCallData", 'client.rtcEvent("here", "local").rtcEvent("there").rtcProgress("on").rtcCaptureCallData().perform(() => tell("ok"))', "ok"],
  ["rtcSetAdditionalInfo", 'client.rtcSetAdditionalInfo("more to know").perform(() => tell("ok"))', "ok"],
  ["rtcIgnoreErrorContains", 'client.rtcIgnoreErrorContains("harmless").execute(() => console.error("a harmless one")).perform(() => tell("ok"))', "ok"],
  ["rtcSetNetworkProfile and rtcSetNetwork", 'client.rtcSetNetworkProfile("Wifi").rtcSetNetwork({incoming: {bitrate: 500}}).rtcSetNetworkProfile("").perform(() => tell("ok"))', "ok"],
];

test("every command does what it says", async t => {
  const at = scratch(t);
  at.write("lib.js", "function fromLibrary(n) { return n * 2; }\nconst hidden = 1;\n");
  at.write("upload.txt", "x");
  const base = await pageServer(t, { ...pages, "/echo": async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    response.end(JSON.stringify({ method: request.method, type: request.headers["content-type"], body }));
  } });
  const script = [`const base = ${JSON.stringify(base)}, FILE = ${JSON.stringify(at.path("upload.txt"))};`,
    ...rows.map(([, code], i) => `client.url(base + "/").perform(() => { (function () { const tell = v => { console.log("row ${i} " + JSON.stringify(v)); }; ${code}\n })(); });`),
    'client.rtcCallWhenDone(early => { client.rtcInfo("done %s", early); }).end();'].join("\n");
  const result = await call(t, at, script, { url: base, runOptions: "#session:1 #timeout:2", name: "commands",
    yaml: "variables: {own: 'mine {{n}}', n: '1'}\n", options: ["--location", "here"], limit: 200_000 }).result;
  const [probe] = result.probes;
  assert.ok(probe, result.stdout + result.stderr);
  assert.deepEqual(probe.reasons, [], result.stdout);
  const said = told(probe);
  rows.forEach(([name, , wanted], i) => t.test(name, () => {
    const line = said.find(each => each.startsWith(`row ${i} `));
    assert.ok(line, `nothing was told`);
    const found = JSON.parse(line.slice(`row ${i} `.length).replaceAll(base, "BASE"));
    assert.deepEqual(found, wanted);
  }));
  await t.test("what else they leave behind", () => {
    assert.ok(said.includes('n 5 s x j {"a":1} rest'), "rtcInfo");
    assert.ok(said.includes("done false"), "rtcCallWhenDone");
    assert.equal(probe.customMetrics.m, 7);
    assert.ok(probe.customMetrics["from-timer"] >= 0);
    assert.equal(probe.additionalInfo, "more to know");
    assert.deepEqual(probe.events.filter(e => !e.name.startsWith("network")).map(e => [e.name, e.global]), [["here", false], ["there", true]]);
    assert.equal(probe.events.filter(e => e.name.startsWith("network")).length, 3);
    assert.deepEqual(told(probe, "browser"), ["a harmless one"]);
    assert.deepEqual(probe.screenshots.map(s => s.name), ["saved.png", "a/b c"]);
    for (const shot of probe.screenshots) {
      const bytes = readFileSync(`${at.path("artifacts")}/${result.run.testRunId}/${shot.file}`);
      assert.deepEqual([bytes[0], bytes[1], shot.file.includes("/")], [0xff, 0xd8, false], "a JPEG in the run's folder");
    }
  });
});

// Commands that end or judge a probe, one test each: its name, script, status of the run, and the probes' reasons.
const talk = 'client.url("/talk").waitForElementPresent(".on", 10000)';
const endings = [
  ["rtcFail", 'client.rtcFail("no %s", "luck").rtcInfo("never")', "failure", [["no luck"]]],
  ["rtcFailAll", 'process.env.RTC_AGENT_NUM === "2" ? client.pause(500).rtcFailAll("enough") : client.pause(50000)', "failure", [["ended by NAME-2: enough"], ["enough"]], { runOptions: "#session:2 #timeout:1" }],
  ["rtcError", 'client.rtcError("bad %d", 7).rtcError("worse").perform(() => {})', "failure", [["bad 7", "worse"]]],
  ["rtcWarning", 'client.rtcWarning("slow %d", 3)', "warnings", [["slow 3"]]],
  ["rtcIgnoreErrorContains", 'client.rtcIgnoreErrorContains("harmless").url("/").execute(() => console.error("a harmless one")).pause(200)', "completed", [[]]],
  ["errors that are not ignored", 'client.rtcIgnoreErrorContains("other").url("/").execute(() => console.error("a bad one")).pause(200)', "warnings", [["the page reported an error: a bad one"]]],
  ["rtcCallWhenDone after a failure", 'client.rtcCallWhenDone(early => { client.rtcError("done " + early); }).url("/").click("#no-such")', "failure", [["rtcCallWhenDone-after-a-failure.js:1: click(\"#no-such\"): no element matches \"#no-such\"", "done true"]]],
  ["assert", 'client.url("/").assert.titleContains("B", "the title").rtcError("never")', "failure", [['assert.js:1: assert.titleContains("B", "the title"): the title: wanted title with "B", found "A page"']]],
  ["assert.fail", 'client.assert.fail("never")', "failure", [[/^assert-fail\.js:1: assert\.fail\("never"\): never: /]]],
  ["verify", 'client.url("/").verify.equal(1, 2).rtcError("and on")', "failure", [["verify.js:1: verify.equal(1, 2): wanted 2, found 1", "and on"]]],
  ["rtcSetTestExpectation", 'client.rtcSetTestExpectation("audio.in == 1", "nobody talks").rtcSetTestExpectation("video.in == 1", "nobody shows", "warning")', "failure", [["nobody talks: expected audio.in == 1, found 0 channels"]]],
  ["rtcSetTestExpectation warns", 'client.rtcSetTestExpectation("video.in == 1", "nobody shows", "warn")', "warnings", [["nobody shows: expected video.in == 1, found 0 channels"]]],
  ["rtcSetEventsExpectation", `${talk}.rtcEvent("a").pause(2500).rtcEvent("b").rtcSetEventsExpectation("video.in.fps > 500", "a", "b", "between", "warning")`, "warnings", [[/^between: expected video\.in\.fps > 500.*, found [\d.]+ fps/]]],
  ["rtcSetCustomExpectation", `${talk}.pause(2500).rtcSetCustomExpectation("judge.js")`, "failure", [["recv audio: expected judge.js in audio.in #1", "recv video: expected judge.js in video.in #1"]]],
  ["rtcSetCustomEventsExpectation", `${talk}.rtcEvent("a").pause(2500).rtcEvent("b").rtcSetCustomEventsExpectation("judge.js", "a", "b")`, "failure", [["recv audio: expected judge.js in audio.in #1", "recv video: expected judge.js in video.in #1"]]],
  ["a custom expectation that is broken", `${talk}.pause(1500).rtcSetCustomExpectation("broken.js")`, "failure", [[/broken\.js.*line 2/, /./, /./, /./]]],
  ["rtcSetMetricFromThresholdTime", `client.rtcEvent("start"); ${talk}.pause(3000).rtcSetMetricFromThresholdTime("shown-after", "start", "video.in.fps > 1", "avg").rtcSetTestExpectation("shown-after > 0 and shown-after < 30000").rtcSetTestExpectation("shown-after == 1", "too late", "warning")`, "warnings", [[/^too late: expected shown-after == 1, found \d+/]]],
  ["a window that the page opened is measured", 'client.url("/lobby").click("#open").pause(500).windowHandles(r => { client.switchWindow(r.value[1]).click("#talk").waitForElementPresent(".on", 10000).pause(2500).rtcCaptureCallData(r.value[1]); }).rtcSetTestExpectation("video.in == 1 and video.in.fps > 1").execute(() => console.error("said in the window")).pause(300)', "warnings", [["the page reported an error: said in the window"]]],
  ["rtcSetMetric over probes", 'client.rtcSetMetric("people", "add", 1, "sum").rtcSetMetric("wait", "set", Number(process.env.RTC_AGENT_NUM), "avg")', "completed", [[], []], { runOptions: "#session:2 #timeout:1" }],
  ["rtcSetMetric's last argument", 'client.rtcSetMetric("m", "set", 1, "max")', "failure", [[`rtcSetMetric-s-last-argument.js:1: rtcSetMetric("m", "set", 1, "max"): the last argument must be 'sum' or 'avg', not 'max'`]]],
  ["session and test values between probes", 'if (process.env.RTC_AGENT_NUM === "1") client.rtcWaitForSessionValue("a", a => client.rtcSetTestValue("b", a + 1), 20000); else client.rtcSetSessionValue("a", 1).rtcWaitForTestValue("b", b => client.rtcWarning("b is %d", b), 20000)', "warnings", [[], ["b is 2"]], { runOptions: "#session:2 #timeout:1" }],
  ["end", 'client.end(() => client.rtcWarning("ended"))', "warnings", [["ended"]]],
  ["a return at the top", 'if (process.env.RTC_AGENT_NUM) return;\nclient.rtcFail("never")', "completed", [[]]],
];
const fileName = what => what.replaceAll(/[^A-Za-z]+/g, "-");

test("what ends or judges a probe", async t => {
  const at = scratch(t), url = await pageServer(t, pages);
  at.write("judge.js", "const result = {passed: direction === 'send' && metricValues.bits.length > 0 && interval === 1000, errMessage: `${direction} ${channelType}`};");
  at.write("broken.js", "const a = metricValues;\nconst result = a.nothing.there;");
  const result = await calls(t, at, Object.fromEntries(endings.map(([what, script, , , more = {}]) => [fileName(what), { script, ...more }])), { url });
  for (const [what, , status, reasons] of endings) await t.test(what, () => {
    const run = result.runs[fileName(what)];
    assert.ok(run, result.stdout + result.stderr);
    const found = run.probes.map(probe => probe.reasons);
    assert.equal(run.status, status, JSON.stringify(found));
    assert.deepEqual(found.map(list => list.length), reasons.map(list => list.length), JSON.stringify(found));
    for (const [i, list] of reasons.entries()) for (const [k, wanted] of list.entries())
      if (wanted instanceof RegExp) assert.match(found[i][k], wanted);
      else assert.equal(found[i][k].replaceAll(run.runName, "NAME"), wanted);
  });
  assert.deepEqual(result.runs["rtcSetMetric-over-probes"].customMetrics, { people: 2, wait: 1.5 });
});

test("rtcWaitForExternalValue takes what is sent over HTTP", async t => {
  const at = scratch(t);
  at.write("fed.js", 'client.rtcProgress("ready").rtcInfo("session %s", process.env.RTC_SESSION_NAME)' +
    '.rtcWaitForExternalValue("code", code => client.rtcInfo("code %j", code), 30000).rtcWaitForExternalValue("last", () => {}, 30000);');
  const file = at.write("fed.yaml", "name: Fed\nservice-url: http://127.0.0.1:9\nrun-options: '#session:1 #timeout:1'\nscript: fed.js\n");
  const running = start(t, at, "ringback", ["run", file, "--verbose", "--external-values", "0"]);
  const [, url] = await running.says(/external values are taken at (http:\S+)\{session name\}/);
  const [, session] = await running.says(/session (\S+-room1)/, 40_000);
  const post = (path, body, headers = { "Content-Type": "application/json" }) => fetch(url + path, { method: "POST", headers, body });
  const answer = await post(session, JSON.stringify({ key: "code", value: { digits: [4, 2] } }));
  assert.equal(answer.status, 200);
  assert.deepEqual(await answer.json(), { sessionName: session, key: "code" });
  await running.says(/code \{"digits":\[4,2\]\}/);
  const wrong = await post("nobody-room1", '{"key": "code", "value": 1}');
  assert.equal(wrong.status, 404);
  assert.deepEqual(await wrong.json(), { code: 404, message: `no run under way has a session 'nobody-room1'; there is ${session}` });
  const bad = await post(session, "code=1");
  assert.equal(bad.status, 400);
  assert.equal((await bad.json()).code, 100);
  assert.equal((await post(session, "{}", { "Content-Type": "text/plain" })).status, 415);
  assert.equal((await post(session, `{"key": "big", "value": "${"x".repeat(70_000)}"}`)).status, 413);
  assert.equal((await post(session, '{"key": "last", "value": true}')).status, 200);
  exits(await running.ended, 0);
  const refused = exits(await ringback(t, at, ["run", file, "--external-values", "0.0.0.0:0"]), 2);
  assert.match(refused.stderr, /--external-values: 0\.0\.0\.0 is no loopback address; values are taken from this machine only/);
});

test("the service takes external values, too", async t => {
  const at = scratch(t);
  at.write("fed.js", 'client.rtcActivateWebhook(process.env.told, {session: process.env.RTC_SESSION_NAME}, () => {})' +
    '.rtcWaitForExternalValue("go", go => client.rtcSetAdditionalInfo("go " + go), 20000);');
  let sent;
  const told = await pageServer(t, { "/": async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    const { session } = JSON.parse(body);
    response.end("{}");
    sent = (await fetch(address + session, { method: "POST", headers: { "Content-Type": "application/json" }, body: '{"key": "go", "value": 1}' })).status;
  } });
  at.write("fed.yaml", `name: Fed\nservice-url: http://127.0.0.1:9\nrun-options: '#session:1 #timeout:1'\nscript: fed.js\nvariables: {told: '${told}/'}\n`);
  at.write("monitors.yaml", "monitors:\n  - {test: fed.yaml, every: 1s}\n");
  const service = start(t, at, "ringback", ["serve", "--config", "monitors.yaml", "--external-values", "127.0.0.1:0"]);
  const [, address] = await service.says(/external values are taken at (http:\S+)\{session name\}/);
  await service.says(/monitor 'Fed' completed in/, 40_000);
  assert.equal(sent, 200);
  service.kill("SIGTERM");
  exits(await service.ended, 0);
});

// What testRTC's documentation names, and Nightwatch's commands that its scripts use.
const language = `url pause waitForElementVisible waitForElementPresent waitForElementNotVisible waitForElementNotPresent click setValue
  clearValue sendKeys keys getText getValue getAttribute getTitle getUrl isVisible isPresent execute executeAsync resizeWindow
  maximizeWindow moveToElement mouseButtonClick useXpath useCss frame windowHandles switchWindow closeWindow refresh back forward
  acceptAlert dismissAlert saveScreenshot perform end assert.titleContains assert.urlContains assert.containsText assert.visible
  assert.elementPresent assert.value assert.attributeEquals rtcInfo rtcProgress rtcScreenshot rtcSetAdditionalInfo rtcEvent
  rtcWarning rtcError rtcFail rtcFailAll rtcIgnoreErrorContains rtcSetTestExpectation rtcSetEventsExpectation
  rtcSetCustomExpectation rtcSetCustomEventsExpectation rtcSetSessionValue rtcWaitForSessionValue rtcSetTestValue
  rtcWaitForTestValue rtcWaitForExternalValue rtcStartTimer rtcGetTimer rtcSetMetric rtcSetMetricFromTimer
  rtcSetMetricFromThresholdTime rtcSetNetworkProfile rtcSetNetwork rtcActivateWebhook include rtcCallWhenDone rtcCaptureCallData`;

/** Commands that docs/webrtc.md names in the tables of one section, in order. */
function documented(heading) {
  const [, section] = readFileSync(`${source}/docs/webrtc.md`, "utf8").split(`\n## ${heading}\n`);
  const rows = section.split("\n## ")[0].split("\n").filter(line => line.startsWith("| "));
  return rows.map(line => line.split(/(?<!\\)\|/));
}
const names = text => [...text.matchAll(/`([A-Za-z]+)(?:\(|`)/g)].map(match => match[1]);

test("every command of the language, and of the documentation, is there and has a row", () => {
  const code = [...rows.map(row => row[1]), ...endings.map(row => row[1]), 'client.rtcWaitForExternalValue("code"'].join("\n");
  const table = name => readFileSync(`${source}/harness/webrtc/commands/${name}.cpp`, "utf8");
  const plain = ["browser_commands", "element_commands", "rtc_commands"].flatMap(file =>
    [...table(file).matchAll(/^ +\{"([A-Za-z]+)",/gm)].map(match => match[1]));
  const assertions = [...table("assertion_commands").matchAll(/^ +\{"([A-Za-z]+)",/gm)].map(match => match[1]);
  assert.ok(plain.length > 90 && assertions.length > 25, `${plain.length} commands, ${assertions.length} assertions`);
  const there = new Set([...plain, "include", ...assertions.flatMap(name => [`assert.${name}`, `verify.${name}`])]);

  const forBrowsers = documented("Commands of the browser"), forCalls = documented("Commands of the call");
  const isAssertion = row => /^ (an element|its |the page|values)/.test(row[1]);
  const inDocs = [...forCalls.flatMap(row => names(row[1])), ...forBrowsers.filter(row => !isAssertion(row)).flatMap(row => names(row[2])),
    ...forBrowsers.filter(isAssertion).flatMap(row => names(row[2])).map(name => `assert.${name}`), "include"];

  const missing = list => [...new Set(list)].filter(name => !there.has(name));
  assert.deepEqual(missing(language.split(/\s+/)), [], "named by the language, and not there");
  assert.deepEqual(missing(inDocs), [], "named by docs/webrtc.md, and not there");
  const known = new Set(inDocs);
  assert.deepEqual([...plain, ...assertions.map(name => `assert.${name}`)].filter(name => !known.has(name) && !/^timeouts/.test(name)), [],
    "there, and not in docs/webrtc.md");
  const called = name => new RegExp(`\\b${name.replace(".", "\\.")}\\(`).test(code);
  assert.deepEqual([...plain, "include", ...assertions.map(name => `assert.${name}`)].filter(name => !called(name)), [], "without a row");
  assert.ok(called("verify.visible") && called("verify.equal"));
});
