import CTLS

/// What OpenSSL says about its last failure on this thread.
enum TLSFailure {
    /// Takes all reasons out of the thread's queue, oldest first, joined by semicolons.
    static func reasons() -> String {
        var texts: [String] = []
        while true {
            let code = ERR_get_error()
            guard code != 0 else { return texts.joined(separator: "; ") }
            texts.append(text(of: code))
        }
    }

    /// The first reason, with whether the server's certificate was not accepted. Empties the queue.
    static func first() -> (text: String, isCertificate: Bool) {
        let code = ERR_get_error()
        ERR_clear_error()
        return code == 0 ? ("", false) : (text(of: code), portolan_tls_is_certificate_error(code) != 0)
    }

    private static func text(of code: UInt) -> String {
        if let reason = unsafe ERR_reason_error_string(code) { return unsafe String(cString: reason) }
        return "error \(String(code, radix: 16))"
    }
}
