/// What one connection has done.
struct LaneCounters {
    var isConnected = false
    var pending = 0
    var inFlight = 0
    var reconnects = 0
    var commands = 0
    var timeouts = 0
    var failures = 0
}
