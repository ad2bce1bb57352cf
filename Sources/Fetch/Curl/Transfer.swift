import CLibcurl
import Primitives

/// One request on its way through libcurl.
// Unchecked: the caller sets `sink` before it hands the transfer to the loop; from then on only the loop thread touches the variables.
@safe final class Transfer: @unchecked Sendable {
    typealias WholeAnswer = CheckedContinuation<Result<FetchResponse, FetchError>, Never>
    typealias HeadOnly = CheckedContinuation<Result<FetchHead, FetchError>, Never>

    /// Where the answer goes. Emptied when a continuation has been resumed, so that none is resumed twice.
    enum Sink {
        case none
        case whole(WholeAnswer)
        case stream(HeadOnly, BodyPipe)
        case body(BodyPipe)
    }

    let request: FetchRequest
    let end: Deadline?
    /// Set by the canceller before its command arrives, because that may overtake the start.
    let isCancelled = Locked(false)
    var sink = Sink.none

    var handle: UnsafeMutableRawPointer?
    var headerList: UnsafeMutablePointer<curl_slist>?
    var headers = FetchHeaders()
    var headerBytes = 0
    var status = 0
    var version = "1.1"
    var hops = 0
    var isHeadComplete = false
    var isBodyUnwanted = false
    var body: [UInt8] = []
    var bodyBytes = 0
    var socketsOpened = 0
    /// Since the last head: an address that was fine for one hop says nothing about the next.
    var socketsOpenedForHop = 0
    var refusal: String?
    /// What a callback found wrong; libcurl's own code is only the consequence.
    var fault: FetchError?

    init(_ request: FetchRequest) {
        self.request = request
        self.end = request.end
    }

    /// Hands out the result; later calls do nothing.
    func finish(_ result: Result<FetchResponse, FetchError>) {
        let sink = sink
        self.sink = .none
        switch sink {
        case .none: break
        case .whole(let continuation): continuation.resume(returning: result)
        case .body(let pipe): pipe.finish(result.map { _ in })
        case .stream(let continuation, let pipe):
            pipe.finish(result.map { _ in })
            continuation.resume(returning: result.map(\.head))
        }
    }

    /// Gives a streaming caller the head as soon as it is known.
    func announceHead() {
        guard case .stream(let continuation, let pipe) = sink else { return }
        sink = .body(pipe)
        continuation.resume(returning: .success(head))
    }

    var head: FetchHead {
        FetchHead(status: status, headers: headers, finalURL: effectiveURL, version: version)
    }

    private var effectiveURL: String {
        var text: UnsafeMutablePointer<CChar>?
        guard let handle = unsafe handle, unsafe portolan_curl_get_string(handle, CURLINFO_EFFECTIVE_URL, &text) == CURLE_OK,
            let text = unsafe text
        else { return request.url }
        return unsafe String(cString: text)
    }

    func freeHeaderList() {
        unsafe curl_slist_free_all(headerList)
        unsafe headerList = nil
    }
}

extension FetchError {
    static var cancelledByCaller: FetchError { FetchError(.cancelled, "the transfer was cancelled") }
}
