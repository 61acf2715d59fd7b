# A CGI program in shell: a head, an empty line, and whatever it prints.
echo 'Content-Type: text/plain; charset=utf-8'
echo 'X-Content-Type-Options: nosniff'
echo

echo "$REQUEST_METHOD $PATH_INFO from $REMOTE_ADDR"
if [ "$REQUEST_METHOD" = POST ]; then
  echo "$CONTENT_LENGTH bytes:"
  cat
  echo
  exit
fi
# Each line is sent when it is printed.
for count in 1 2 3; do
  sleep 0.5
  echo "line $count"
done
