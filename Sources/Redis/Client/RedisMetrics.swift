/// The state of a client at one moment, for gauges and counters.
package struct RedisMetrics: Sendable, Hashable {
    /// Whether the shared connection is up. It is opened by the first command.
    package let isConnected: Bool
    /// Connections in use or idle: the shared one, those for blocking commands, subscriptions.
    package let connections: Int
    /// Commands that have no reply yet, sent or not.
    package let pending: Int
    /// Commands that are sent and have no reply yet.
    package let inFlight: Int
    /// Connections opened after a first one was lost, in total.
    package let reconnects: Int
    /// Commands accepted, in total.
    package let commands: Int
    /// Commands that passed their deadline, in total.
    package let timeouts: Int
    /// Commands that failed with their connection or were refused by a bound, in total.
    package let failures: Int
    /// Messages of subscriptions thrown away because nobody read them fast enough, in total.
    package let droppedMessages: Int
}
