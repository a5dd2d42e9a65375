// Runs once per probe. `client` queues commands; they run one after the other.
const room = process.env.RTC_SESSION_NAME;
const me = Number(process.env.RTC_IN_SESSION_ID);

client
    .rtcInfo('probe %d of %d goes to room %s', me, Number(process.env.RTC_SESSION_SIZE), room)
    .url(process.env.RTC_SERVICE_URL + '/?room=' + encodeURIComponent(room))
    .waitForElementVisible('#join', 10000)
    .clearValue('#name')
    .setValue('#name', me === 1 ? 'Ada' : 'Grace');

if (me === 1) {
    client
        .click('#join')
        .rtcSetSessionValue('host', 'waiting');
} else {
    client
        .rtcWaitForSessionValue('host', function (value) { client.rtcInfo('the host is %s', value); }, 20000)
        .click('#join');
}

client
    .rtcProgress('waiting for the other side')
    .waitForElementVisible('.remote-video', 20000)
    .getText('#status', function (result) { client.rtcInfo('status: %s', result.value); })
    .rtcProgress('in the call')
    .pause(8000)
    .rtcScreenshot('in the call')
    .rtcProgress('leaving')
    .click('#leave');
