/// The part of the generated configuration that makes makepkg tell its phases and the recipe's
/// lines, in the form that `PhaseTrace` decodes.
///
/// makepkg sources its configuration after it has defined its functions, so the hooks are put
/// *into* these: a text before and one after the body. A wrapper around a function would be a call
/// level more, on which a recipe's own ERR trap would fire once more than without us.
///
/// Only `run_function`, which runs a function of the recipe, and `source_buildfile`, which reads
/// the recipe, are traced line by line; of the others the beginning and the end are told.
///
/// - Tracing is bash's own `set -x`, to a descriptor of its own (`BASH_XTRACEFD`). Children never
///   see it: neither variable is exported, and `SHELLOPTS` is not in the environment. bash has no
///   way to set close-on-exec on a descriptor, so children do inherit it. That does no harm: the
///   number is out of the way of those that programs and recipes pick (9, 10, 200), no one waits
///   for the last writer to close it, and what a child could write there it could write to the
///   FIFO itself. It is open during phases only.
/// - `PS4` is set here, not in the environment, as a bash that believes it is root (package() runs
///   under fakeroot) ignores the latter.
/// - A command in the recipe's own file gives its line and function only; elsewhere, in a sourced
///   file or in makepkg's `msg2`, it gives the call stack. Bash joins its files with spaces, hence
///   the `_` for spaces in them. Looking the file up in `__pkgsandbox_own` makes the common case
///   cost 5 µs a command, where giving the stack always costs 9 and cutting it always 17.
/// - A recipe that traces itself (`set -x`, `PS4`, `BASH_XTRACEFD`) keeps its trace, and the report
///   has no lines for it.
/// - `set +x` in `error_function` keeps makepkg's own error handling out of the trace.
/// - Whatever goes wrong here must not fail a build: `run_function` is called with `errexit` and an
///   ERR trap that ends the build, so every command that may fail is followed by `||`.
struct MakepkgHooks {
    var tracePath: String

    /// What makepkg runs when a function of the recipe has failed, for `PhaseTrace`.
    static let failureHandlers = ["error_function", "clean_up", "trap_exit"]

    var text: String {
        #"""
        __pkgsandbox_trace=\#(shellQuoted(tracePath))
        export -n PS4 BASH_XTRACEFD

        # A phase without lines: name, record.
        __pkgsandbox_tell() {
        	[[ -w $__pkgsandbox_trace ]] || return 0
        	{ printf '\035%s\037%s\037%s\037%s\036\n' "$1" "$BASHPID" "$2" "$3" \
        		>>"$__pkgsandbox_trace"; } 2>/dev/null || return 0
        }

        # Whether the recipe traces itself.
        __pkgsandbox_traces_itself() {
        	local before=$'(^|\n|[;&|({]|then|do|else)[[:blank:]]*'
        	local tracing='set[[:blank:]]+(-[[:alpha:]]*x|-[[:alpha:]]*o[[:blank:]]+xtrace)'
        	local text
        	text=$(<"$BUILDFILE") || return 1
        	[[ $text =~ $before$tracing || $text =~ (PS4|BASH_XTRACEFD)= ]]
        }

        __pkgsandbox_begin() {
        	[[ -n $1 && -w $__pkgsandbox_trace ]] || return 0
        	__pkgsandbox_tell B "$1" "$BUILDFILE"
        	if __pkgsandbox_traces_itself 2>/dev/null; then return 0; fi
        	{ exec 249>>"$__pkgsandbox_trace"; } 2>/dev/null || return 0
        	declare -gA __pkgsandbox_own=(["$BUILDFILE"]=)
        	__pkgsandbox_ps4=$PS4 __pkgsandbox_on=1
        	eval "$__pkgsandbox_error_function"
        	BASH_XTRACEFD=249
        	PS4=$'\035$BASHPID\037$LINENO\037${FUNCNAME-}'
        	PS4+='${__pkgsandbox_own[$BASH_SOURCE]-'
        	PS4+=$'\037${BASH_LINENO[@]:0:12}\037${FUNCNAME[@]:0:12}\037${BASH_SOURCE[@]// /_}}\036'
        	# In case the recipe has set allexport.
        	export -n PS4 BASH_XTRACEFD
        	set -x
        }

        __pkgsandbox_end() {
        	if [[ -n ${__pkgsandbox_on-} ]]; then
        		set +x
        		# This closes the descriptor.
        		unset BASH_XTRACEFD __pkgsandbox_on
        		PS4=$__pkgsandbox_ps4
        	fi
        	[[ -z $1 ]] || __pkgsandbox_tell E "$1" "$2"
        }

        # Puts commands before and after the body of one of makepkg's functions.
        __pkgsandbox_hook() {
        	local body
        	body=$(declare -f "$1") || return 0
        	body=${body#*\{}
        	eval "$1 () {
        	$2
        	${body%\}}
        	local __pkgsandbox_status=\$?
        	$3 \$__pkgsandbox_status
        	return \$__pkgsandbox_status
        	}"
        }

        # Tells the beginning and the end of makepkg's functions (function=phase …), which may
        # return early. No ERR trap reaches into these, so here wrappers it is. One declare for all:
        # a substitution costs a process.
        __pkgsandbox_wrap() {
        	local bodies name
        	bodies=$(declare -f "${@%=*}")
        	for name in "${@%=*}"; do
        		bodies=${bodies/"$name () "/"__pkgsandbox_original_$name () "}
        	done
        	eval "$bodies"
        	for name; do
        		declare -F "__pkgsandbox_original_${name%=*}" >/dev/null || continue
        		eval "${name%=*} () {
        		__pkgsandbox_tell B ${name#*=} \"\$BUILDFILE\"
        		__pkgsandbox_original_${name%=*} \"\$@\"
        		local __pkgsandbox_status=\$?
        		__pkgsandbox_tell E ${name#*=} \$__pkgsandbox_status
        		return \$__pkgsandbox_status
        		}"
        	done
        }

        # makepkg's functions are written with extglob, which is off while a configuration is read;
        # whoever reads it sets it back.
        shopt -s extglob
        __pkgsandbox_hook run_function '__pkgsandbox_begin "$1"' '__pkgsandbox_end "$1"'
        __pkgsandbox_hook source_buildfile \
        	'__pkgsandbox_begin metadata' '__pkgsandbox_end metadata'
        __pkgsandbox_wrap download_sources=sources check_checksums=checksums \
        	check_pgpsigs=signatures extract_sources=extract tidy_install=tidy create_package=archive
        # Put in place when a trace begins, so that a recipe's own trace does not show it.
        __pkgsandbox_error_function=$(declare -f error_function)
        __pkgsandbox_error_function=${__pkgsandbox_error_function/\{/\{ set +x$'\n'}
        shopt -u extglob

        """#
    }
}
