/// Takes events from the paths of the work.
package protocol EventSink: Sendable {
    /// Keeps `event` to be written later. Never waits and never fails: an event that there is no room for is counted as lost.
    func record(_ event: NewEvent)
}
