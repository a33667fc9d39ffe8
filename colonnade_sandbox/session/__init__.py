"""One running sandbox: the emulator, the control loop and Terraform, and the session file for other processes."""
