"""The declaration of a deployment, and the rules that concern the deployment as a whole."""
