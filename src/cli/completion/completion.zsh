#compdef NAMES
# Makes zsh complete what is typed behind migrator.
_migrator() {
  local program=${(Q)words[1]} kind line
  local -a typed lines candidates
  typed=("${(@Q)words[2,CURRENT-1]}" "$PREFIX")
  lines=("${(@f)$("${program/#\~\//$HOME/}" __complete -- "${(@)typed}" 2> /dev/null)}")
  kind=$lines[1]
  if [[ $PREFIX == -*=* ]]; then
    IPREFIX+=${PREFIX%%=*}=
    PREFIX=${PREFIX#*=}
  fi
  case $kind in
    files) _files ;;
    directories) _files -/ ;;
    words)
      for line in "${(@)lines[2,-1]}"; do
        candidates+=("${${line%%$'\t'*}//:/\\:}${${line#*$'\t'}:+:${line#*$'\t'}}")
      done
      _describe -V migrator candidates
      ;;
  esac
}
if [[ $funcstack[1] == _migrator ]]; then
  _migrator "$@"
else
  (( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
  compdef _migrator NAMES
fi
