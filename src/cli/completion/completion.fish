# Makes fish complete what is typed behind migrator.
function __migrator_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l program (string replace -r '^~/' "$HOME/" -- $words[1])
    set -l lines ($program __complete -- $words[2..-1] "$current" 2>/dev/null)
    set -l before (string match -r '^-[^=]*=' -- "$current")
    set -l value (string replace -- "$before" '' "$current")
    switch "$lines[1]"
        case files
            for path in (__fish_complete_path "$value")
                printf '%s%s\n' "$before" $path
            end
        case directories
            for path in (__fish_complete_directories "$value" '')
                printf '%s%s\n' "$before" $path
            end
        case words
            for line in $lines[2..-1]
                printf '%s%s\n' "$before" $line
            end
    end
end
for name in NAMES
    complete -c $name -e
    complete -c $name -f -k -a '(__migrator_complete)'
end
