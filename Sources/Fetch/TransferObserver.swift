/// Hears of transfers, in the tasks of their callers: for traces.
package protocol TransferObserver: Sendable {
    /// A transfer begins; fields may be added to `request`.
    /// - Returns: what to call at its end, with the status; nil when nobody wants to know.
    func began(_ request: inout FetchRequest) -> (@Sendable (Result<Int, FetchError>) -> Void)?
}
