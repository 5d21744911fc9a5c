# Makes bash complete what is typed behind migrator. Fit for bash 3.2, which macOS has.
_migrator() {
  local program=${COMP_WORDS[0]} rest=${COMP_LINE:0:COMP_POINT} words=() blank i n=-1
  # bash takes words apart at "=" and ":"; what no white space stands between belongs together.
  for ((i = 0; i <= COMP_CWORD; i++)); do
    blank=${rest%%[![:space:]]*}
    rest=${rest#"$blank"}
    if [[ $i -eq 0 || -n $blank ]]; then
      n=$((n + 1))
      words[n]=
    fi
    if ((i < COMP_CWORD)); then
      words[n]+=${COMP_WORDS[i]}
      rest=${rest#"${COMP_WORDS[i]}"}
    else
      words[n]+=$rest
    fi
  done
  for ((i = 1; i < n; i++)); do words[i]=${words[i]//[\"\'\\]/}; done

  local value=${words[n]} before='' kind='' action line
  if [[ $value == -*=* ]]; then
    before=${value%%=*}=
    value=${value#*=}
    if [[ $COMP_WORDBREAKS == *=* ]]; then before=; fi
  fi
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ -z $kind ]]; then
      kind=$line
    else
      line=${line%%$'\t'*}
      if [[ $line == "$value"* ]]; then
        if [[ $line == *[^[:alnum:]_.,-]* ]]; then printf -v line %q "$line"; fi
        COMPREPLY+=("$before$line")
      fi
    fi
  done < <("${program/#\~\//$HOME/}" __complete -- "${words[@]:1}" 2> /dev/null)
  case $kind in
    files) action=-f ;;
    directories) action=-d ;;
    *) return ;;
  esac
  compopt -o filenames 2> /dev/null
  while IFS= read -r line; do
    COMPREPLY+=("$before$line")
  done < <(compgen "$action" -- "$value")
}
# In the order given, which old ones cannot.
complete -o nosort -F _migrator NAMES 2> /dev/null || complete -F _migrator NAMES
