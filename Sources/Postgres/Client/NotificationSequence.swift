/// Notifications of one channel, in the order in which the server sent them. Holds 4096 unread ones; more end it with an error.
///
/// Ends when its task is cancelled; throws `PostgresError` when the connection breaks.
package struct NotificationSequence: AsyncSequence, Sendable {
    package typealias Element = PostgresNotification

    let stream: AsyncThrowingStream<PostgresNotification, any Error>

    package func makeAsyncIterator() -> AsyncThrowingStream<PostgresNotification, any Error>.Iterator { stream.makeAsyncIterator() }
}
