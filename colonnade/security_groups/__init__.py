"""The connections that security groups allow, by what EC2 lists: for `colonnade why` and the sandbox."""
