/// Counters of one fetcher since it was made.
package struct FetchMetrics: Sendable, Hashable {
    /// Transfers handed to libcurl.
    package var started = 0
    /// Transfers that ended with a complete answer, whatever its status.
    package var completed = 0
    /// Transfers that ended with an error, by code.
    package var failed: [FetchError.Code: Int] = [:]
    /// Transfers in progress.
    package var active = 0
    /// Transfers that wait for a slot.
    package var queued = 0
    /// Bytes of bodies received, after decompression.
    package var bytesReceived = 0
    /// Connections opened.
    package var connectionsOpened = 0
}
