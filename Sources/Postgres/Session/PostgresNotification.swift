/// What another session sent with NOTIFY.
package struct PostgresNotification: Sendable, Hashable {
    /// The channel's name.
    package let channel: String
    /// The payload; empty when none was given.
    package let payload: String
    /// The server process of the sender.
    package let process: Int32
}
