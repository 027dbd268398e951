public import SandboxModel

/// A `UserError` as it is printed on standard error:
///
///     pkgsandbox: error: cannot create user namespace: Operation not permitted (EPERM)
///       step: 1 of 23, unshare user,mount,pid
///       cause: kernel.apparmor_restrict_unprivileged_userns is 1
///       hint: see `pkgsandbox doctor`
///
/// What the parts hold is escaped, and no line is broken, so that the text can be searched for.
public struct ErrorText: Sendable {
    private let error: UserError

    /// Prepares an error to be rendered.
    public init(_ error: UserError) {
        self.error = error
    }

    /// The text, each line ended by a newline.
    ///
    /// - Parameter colour: Whether to use ANSI escape sequences for colours.
    public func rendered(colour: Bool = false) -> String {
        var page = Page(width: nil, longestWord: Page.unlimited)
        page.line([
            Span("pkgsandbox: "), Span("error:", .error), Span(" "),
            Span(Visible(error.message), .strong),
        ])
        for message in error.more { page.line([Span(Visible(message), .strong)]) }
        part(&page, "step", error.step, .note)
        part(&page, "cause", error.cause, .note)
        part(&page, "hint", error.hint, .good)
        return page.rendered(colour: colour)
    }

    private func part(_ page: inout Page, _ label: Visible, _ text: String?, _ style: Style) {
        guard let text, !text.isEmpty else { return }
        page.line([Span("  "), Span("\(label):", style), Span(" "), Span(Visible(text))])
    }
}
