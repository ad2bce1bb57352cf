import CLibcurl
import Glibc
import Primitives

/// The thread that owns a libcurl multi handle. Everything else reaches it through a locked mailbox.
// Unchecked: `mailbox`, `metrics` and the immutable properties are for all threads (curl_multi_wakeup is the one call that libcurl allows
// from another thread, and it is made under the mailbox lock while the handle is alive); the rest is touched by the loop thread only.
@safe final class CurlLoop: @unchecked Sendable {
    enum Command {
        case start(Transfer)
        case cancel(Transfer)
        case resume(Transfer)
    }

    private struct Mailbox {
        var commands: [Command] = []
        var isClosing = false
    }

    let configuration: HTTPFetcher.Configuration
    let metrics = Locked(FetchMetrics())
    private let mailbox = Locked(Mailbox())
    private let multi: UnsafeMutableRawPointer
    private var active: [ObjectIdentifier: Transfer] = [:]
    private var waiting: [Transfer] = []
    private var spareHandles: [UnsafeMutableRawPointer] = unsafe []

    /// `curl_global_init` once in the process.
    private static let isReady: Bool = curl_global_init(Int(CURL_GLOBAL_SSL | CURL_GLOBAL_WIN32)) == CURLE_OK

    init(_ configuration: HTTPFetcher.Configuration) throws(FetchError) {
        guard Self.isReady, let multi = unsafe curl_multi_init() else {
            throw FetchError(.overloaded, "libcurl could not be set up")
        }
        self.configuration = configuration
        unsafe self.multi = multi
        unsafe _ = portolan_curl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, max(1, configuration.keptConnections))
    }

    /// Starts the thread, which holds the loop until it is closed.
    func start() throws(FetchError) {
        let retained = unsafe Unmanaged.passRetained(self)
        var thread = pthread_t()
        let code = unsafe pthread_create(
            &thread, nil,
            { context in
                guard let context = unsafe context else { return nil }
                unsafe portolan_name_thread("portolan-fetch")
                unsafe Unmanaged<CurlLoop>.fromOpaque(context).takeRetainedValue().run()
                return nil
            }, unsafe retained.toOpaque())
        guard code == 0 else {
            // Nobody may wake what is gone.
            mailbox.withLock { $0.isClosing = true }
            unsafe retained.release()
            unsafe curl_multi_cleanup(multi)
            throw FetchError(.overloaded, "no thread could be started", underlying: "pthread_create: \(code)")
        }
        pthread_detach(thread)
    }

    /// Posts a command; false when the loop has ended, in which case nothing will come of it.
    @discardableResult
    func submit(_ command: Command) -> Bool {
        mailbox.withLock { mailbox in
            guard !mailbox.isClosing else { return false }
            if case .cancel(let transfer) = command { transfer.isCancelled.withLock { $0 = true } }
            mailbox.commands.append(command)
            if mailbox.commands.count == 1 { unsafe curl_multi_wakeup(multi) }
            return true
        }
    }

    /// Posts a start, and ends the transfer on the spot when the loop is gone.
    func begin(_ transfer: Transfer) {
        if !submit(.start(transfer)) { transfer.finish(.failure(FetchError(.cancelled, "the client is closed"))) }
    }

    /// Asks the thread to end everything.
    func close() {
        mailbox.withLock { mailbox in
            guard !mailbox.isClosing else { return }
            mailbox.isClosing = true
            unsafe curl_multi_wakeup(multi)
        }
    }

    // MARK: - On the thread

    private func run() {
        while true {
            let (commands, isClosing) = mailbox.withLock { mailbox in
                defer { mailbox.commands = [] }
                return (mailbox.commands, mailbox.isClosing)
            }
            for command in commands { handle(command) }
            if isClosing { break }
            admit()
            var running: Int32 = 0
            unsafe curl_multi_perform(multi, &running)
            collect()
            if !waiting.isEmpty && active.count < configuration.maximumTransfers { continue }
            unsafe curl_multi_poll(multi, nil, 0, pollMilliseconds, nil)
        }
        let closed = FetchError(.cancelled, "the client is closed")
        for transfer in Array(active.values) { end(transfer, .failure(closed)) }
        for transfer in waiting { settle(transfer, .failure(closed)) }
        metrics.withLock { $0.queued = 0 }
        while let handle = unsafe spareHandles.popLast() { unsafe curl_easy_cleanup(handle) }
        unsafe curl_multi_cleanup(multi)
    }

    private func handle(_ command: Command) {
        switch command {
        case .start(let transfer):
            if transfer.isCancelled.withLock({ $0 }) {
                settle(transfer, .failure(.cancelledByCaller))
            } else if waiting.count >= configuration.maximumQueued {
                settle(transfer, .failure(FetchError(.overloaded, "\(waiting.count) transfers wait already")))
            } else {
                waiting.append(transfer)
            }
        case .cancel(let transfer):
            if active[ObjectIdentifier(transfer)] != nil {
                end(transfer, .failure(.cancelledByCaller))
            } else if let index = waiting.firstIndex(where: { $0 === transfer }) {
                waiting.remove(at: index)
                settle(transfer, .failure(.cancelledByCaller))
            }
        case .resume(let transfer):
            guard active[ObjectIdentifier(transfer)] != nil, let handle = unsafe transfer.handle else { return }
            // May call the write callback before it returns.
            unsafe curl_easy_pause(handle, CURLPAUSE_CONT)
        }
    }

    /// Starts what waits while there are slots, in order; ends what has waited too long.
    private func admit() {
        defer {
            let queued = waiting.count
            metrics.withLock { $0.queued = queued }
        }
        guard !waiting.isEmpty else { return }
        var started = 0
        while active.count < configuration.maximumTransfers, started < waiting.count {
            launch(waiting[started])
            started += 1
        }
        waiting.removeFirst(started)
        let late = waiting.filter { $0.end?.hasPassed == true }
        if !late.isEmpty {
            waiting.removeAll { transfer in late.contains { $0 === transfer } }
            for transfer in late { settle(transfer, .failure(FetchError(.timeout, "the time was over before a slot was free"))) }
        }
    }

    private func launch(_ transfer: Transfer) {
        if transfer.end?.hasPassed == true {
            return settle(transfer, .failure(FetchError(.timeout, "the time was over before the start")))
        }
        guard let handle = unsafe spareHandles.popLast() ?? curl_easy_init() else {
            return settle(transfer, .failure(FetchError(.overloaded, "libcurl has no memory for a transfer")))
        }
        unsafe transfer.handle = handle
        var code = CURLM_OK
        let isSetUp = transfer.setUp(configuration)
        if isSetUp { unsafe code = curl_multi_add_handle(multi, handle) }
        guard isSetUp, code == CURLM_OK else {
            recycle(transfer)
            return settle(
                transfer, .failure(FetchError(.invalidRequest, "libcurl does not take the request", underlying: "multi \(code.rawValue)")))
        }
        active[ObjectIdentifier(transfer)] = transfer
        let count = active.count
        metrics.withLock { metrics in
            metrics.started += 1
            metrics.active = count
        }
    }

    /// Takes the finished transfers out of the multi handle.
    private func collect() {
        var left: Int32 = 0
        while let message = unsafe curl_multi_info_read(multi, &left) {
            guard unsafe message.pointee.msg == CURLMSG_DONE, let handle = unsafe message.pointee.easy_handle else { continue }
            let code = unsafe portolan_curl_message_result(message)
            var context: UnsafeMutableRawPointer?
            guard unsafe portolan_curl_get_pointer(handle, CURLINFO_PRIVATE, &context) == CURLE_OK, let context = unsafe context else {
                continue
            }
            let transfer = unsafe Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
            end(transfer, transfer.outcome(code))
        }
    }

    /// Removes an active transfer from libcurl and hands out its result.
    private func end(_ transfer: Transfer, _ result: Result<FetchResponse, FetchError>) {
        active[ObjectIdentifier(transfer)] = nil
        if let handle = unsafe transfer.handle { unsafe curl_multi_remove_handle(multi, handle) }
        recycle(transfer)
        settle(transfer, result)
    }

    private func recycle(_ transfer: Transfer) {
        transfer.freeHeaderList()
        guard let handle = unsafe transfer.handle else { return }
        unsafe transfer.handle = nil
        if unsafe spareHandles.count < 32 {
            unsafe curl_easy_reset(handle)
            unsafe spareHandles.append(handle)
        } else {
            unsafe curl_easy_cleanup(handle)
        }
    }

    private func settle(_ transfer: Transfer, _ result: Result<FetchResponse, FetchError>) {
        let count = active.count
        metrics.withLock { metrics in
            metrics.active = count
            metrics.bytesReceived += transfer.bodyBytes
            metrics.connectionsOpened += transfer.socketsOpened
            switch result {
            case .success: metrics.completed += 1
            case .failure(let error): metrics.failed[error.code, default: 0] += 1
            }
        }
        configuration.onEnd.map { report(transfer, result, to: $0) }
        transfer.finish(result)
    }

    private func report(_ transfer: Transfer, _ result: Result<FetchResponse, FetchError>, to observe: (TransferReport) -> Void) {
        switch result {
        case .success(let answer):
            observe(
                TransferReport(
                    url: transfer.request.url, status: answer.status, failure: nil, duration: answer.timings.total,
                    bytes: transfer.bodyBytes,
                    retryAfter: answer.headers["Retry-After"]))
        case .failure(let error) where error.code != .cancelled:
            observe(
                TransferReport(
                    url: transfer.request.url, status: nil, failure: error.code, duration: .zero, bytes: transfer.bodyBytes, retryAfter: nil
                ))
        case .failure: break
        }
    }

    /// Long while nothing waits: libcurl shortens it to its own timers, and the mailbox wakes the thread.
    private var pollMilliseconds: Int32 {
        waiting.compactMap(\.end).min()?.remaining.milliseconds ?? 60_000
    }
}
